/** Folders of the control planes that run now, and whether a test failed since the program began. */
const running = new Set<string>()
const state = { hasFailed: false }

/** A control plane in this folder runs from now on. */
export const announce = (dir: string): void => {
  running.add(dir)
}

/** It has stopped. */
export const withdraw = (dir: string): void => {
  running.delete(dir)
}

/** A test failed: folders with logs stay from now on. Answers those whose logs may say why. */
export const rememberFailure = (): readonly string[] => {
  state.hasFailed = true
  return [...running]
}

/** Whether folders are to stay for somebody to look into. */
export const isFolderKept = (): boolean => state.hasFailed
