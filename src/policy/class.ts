/** What one request would do, from least to worst (docs/concepts.md). */
export const CLASSES = ['Observe', 'Routine', 'Change', 'Destructive', 'Escalation', 'Tampering'] as const
export type Class = (typeof CLASSES)[number]

export const worse = (a: Class, b: Class): Class => (CLASSES.indexOf(a) >= CLASSES.indexOf(b) ? a : b)
export const isWorse = (a: Class, b: Class): boolean => CLASSES.indexOf(a) > CLASSES.indexOf(b)
