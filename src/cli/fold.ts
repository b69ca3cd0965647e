/** Breaks a line behind spaces and commas at `width` characters; nothing is added, and only spaces at the breaks are left out. */
export const fold = (line: string, width: number): readonly string[] =>
  (line.match(new RegExp(`.{1,${width - 1}}(?:[ ,]|$)|.{1,${width}}`, 'gu')) ?? []).map((part) => part.trimEnd())
