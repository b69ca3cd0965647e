/**
 * Characters that a terminal may draw two columns wide: East Asian ones, emoji and all that is not known to be narrow.
 */
const columnsOf = (character: string): number => ((character.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2)

/**
 * Breaks a line behind spaces and commas so that no part takes more than `width` columns; nothing is added, and only
 * spaces at the breaks are left out.
 */
export function fold(line: string, width: number): readonly string[] {
  const parts: string[] = []
  let part = ''
  let columns = 0
  let breakAt = 0
  for (const character of line) {
    const wide = columnsOf(character)
    if (columns + wide > width && !(character === ' ' && columns + wide === width + 1)) {
      const at = breakAt > 0 ? breakAt : part.length
      parts.push(part.slice(0, at).trimEnd())
      part = part.slice(at)
      columns = Array.from(part).reduce((sum, one) => sum + columnsOf(one), 0)
      breakAt = 0
    }
    part += character
    columns += wide
    if (character === ' ' || character === ',') breakAt = part.length
  }
  return part.trimEnd() === '' ? parts : [...parts, part.trimEnd()]
}
