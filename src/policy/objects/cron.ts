/** A field of a cron schedule: its least and greatest value, and names for values. */
interface Field {
  readonly min: number
  readonly max: number
  readonly names: readonly string[]
}
/** Which values a field allows; `isStar` when it is a plain `*`, which leaves the other day field to decide. */
interface Choice {
  readonly values: ReadonlySet<number>
  readonly isStar: boolean
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const MINUTE: Field = { min: 0, max: 59, names: [] }
const HOUR: Field = { min: 0, max: 23, names: [] }
const DAY_OF_MONTH: Field = { min: 1, max: 31, names: [] }
const MONTH: Field = { min: 1, max: 12, names: MONTHS }
/** 7 is Sunday for some parsers. */
const DAY_OF_WEEK: Field = { min: 0, max: 7, names: DAYS }

const MACROS = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
])
const SECONDS = new Map([
  ['ns', 1e-9],
  ['us', 1e-6],
  ['µs', 1e-6],
  ['ms', 1e-3],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
])

/** Weekdays and leap years repeat after 28 years: 28 * 365 + 7 days. */
const CYCLE_YEARS = 28
const CYCLE_DAYS = CYCLE_YEARS * 365 + 7

/**
 * How often a schedule fires in 28 years (0: never, as on 31 February), or null for what can't be read. The syntax is
 * that of batch/v1 CronJob: github.com/robfig/cron/v3 ParseStandard, a time zone in front left out.
 */
export function firings(schedule: string): number | null {
  const plain = schedule.trim().replace(/^(CRON_)?TZ=\S+\s+/, '')
  const every = /^@every\s+(\S+)$/.exec(plain)
  if (every !== null) {
    const seconds = duration(every[1] ?? '')
    return seconds === null ? null : (CYCLE_DAYS * 86_400) / Math.max(1, seconds)
  }
  const parts = (MACROS.get(plain) ?? plain).split(/\s+/)
  if (parts.length !== 5) return null
  const [minute, hour, day, month, weekday] = [MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK].map((field, index) =>
    choice(parts[index] ?? '', field),
  )
  if (!minute || !hour || !day || !month || !weekday) return null
  return minute.values.size * hour.values.size * days(day, month, weekday)
}

/** Seconds of a Go duration such as `1h30m`, or null. */
function duration(text: string): number | null {
  if (!/^([0-9]{1,12}(\.[0-9]{1,9})?(ns|us|µs|ms|s|m|h))+$/.test(text)) return null
  return [...text.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)].reduce(
    (sum, [, number = '', unit = '']) => sum + Number(number) * (SECONDS.get(unit) ?? 0),
    0,
  )
}

function choice(text: string, field: Field): Choice | null {
  const values = new Set<number>()
  let isStar = false
  for (const part of text.split(',')) {
    const [range = '', stepText, ...more] = part.split('/')
    const step = stepText === undefined ? 1 : /^[0-9]{1,4}$/.test(stepText) ? Number(stepText) : 0
    const bounds = rangeOf(range, field, stepText !== undefined)
    if (bounds === null || step < 1 || more.length > 0) return null
    if ((range === '*' || range === '?') && step === 1) isStar = true
    for (let value = bounds.low; value <= bounds.high; value += step)
      values.add(field === DAY_OF_WEEK && value === 7 ? 0 : value)
  }
  return { values, isStar }
}

function rangeOf(
  range: string,
  field: Field,
  hasStep: boolean,
): { readonly low: number; readonly high: number } | null {
  if (range === '*' || range === '?') return { low: field.min, high: field === DAY_OF_WEEK ? 6 : field.max }
  const [first = '', last, ...more] = range.split('-')
  const low = valueOf(first, field)
  const high = last !== undefined ? valueOf(last, field) : hasStep ? field.max : low
  return low === null || high === null || low > high || more.length > 0 ? null : { low, high }
}

function valueOf(text: string, field: Field): number | null {
  const named = field.names.indexOf(text.toLowerCase())
  if (named >= 0) return named + (field === MONTH ? 1 : 0)
  if (!/^[0-9]{1,2}$/.test(text)) return null
  const number = Number(text)
  return number < field.min || number > field.max ? null : number
}

/** On how many days of 28 years (2001 to 2028) may it fire? With both day fields set, either is enough. */
function days(day: Choice, month: Choice, weekday: Choice): number {
  let sum = 0
  // 1 January 2001 was a Monday.
  let dayOfWeek = 1
  for (let year = 1; year <= CYCLE_YEARS; year++)
    for (let m = 1; m <= 12; m++)
      for (let d = 1; d <= lengthOf(m, year % 4 === 0); d++, dayOfWeek = (dayOfWeek + 1) % 7) {
        const [byDay, byWeekday] = [day.values.has(d), weekday.values.has(dayOfWeek)]
        const isDay = day.isStar || weekday.isStar ? byDay && byWeekday : byDay || byWeekday
        if (isDay && month.values.has(m)) sum++
      }
  return sum
}

const lengthOf = (month: number, isLeapYear: boolean): number =>
  month === 2 ? (isLeapYear ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
