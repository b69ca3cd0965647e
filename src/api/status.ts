/** HTTP status of a failure that the API server answered, or 0 for any other failure. */
export const statusOf = (cause: unknown): number =>
  cause instanceof Error && 'status' in cause && typeof cause.status === 'number' ? cause.status : 0
