/**
 * Does the work after so many milliseconds, unless what is returned is called before. What has arrived meanwhile is
 * read first: when it was this process that stood still, nobody else is late.
 */
export function startTimer(ms: number, work: () => void): () => void {
  let isCancelled = false
  const timer = setTimeout(() => {
    setImmediate(() => {
      if (!isCancelled) work()
    })
  }, ms)
  return () => {
    isCancelled = true
    clearTimeout(timer)
  }
}
