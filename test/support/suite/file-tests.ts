import type { Test } from 'tap'

const tests = new Map<string, Test>()

/** The tests of a file that runs in a process with other files, by the URL of the file. */
export const fileTests = {
  add: (url: string, t: Test) => void tests.set(url, t),
  of(url: string): Test {
    const t = tests.get(url)
    if (t === undefined) throw new Error(`${url} is not a test file that is run.`)
    return t
  },
}
