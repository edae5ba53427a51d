const subtest = /^# Subtest: (.*)$/
const result = /^((?:not )?ok)(?: \d+)?(?: - (.*))?$/
/** Of the whole process: the output of several processes has one plan. */
const ofProcess = /^(TAP version \d+|\d+\.\.\d+.*|# \{ total: .*|# time=.*)$/

/** The name in a line with a result: `ok 1 - name # time=5ms`. */
export const resultOf = (line: string): string | undefined => result.exec(line)?.[2]?.split(' # ')[0]

/**
 * Divides the TAP output of a process into blocks of lines that belong together: the subtest of a file, its result with its
 * diagnostics, and what else was printed meanwhile. A block is emitted when the next one begins.
 */
export function createBlocks(emit: (lines: readonly string[]) => void) {
  const files = new Set<string>()
  let block: string[] = []
  /** The file whose subtest has begun and has no result. */
  let current: string | undefined
  const flush = () => {
    if (block.length > 0) emit(block)
    block = []
  }
  return {
    /** The files whose subtests have begun. */
    files,
    add(line: string) {
      const name = subtest.exec(line)?.[1]
      if (name !== undefined) {
        flush()
        files.add(name)
        current = name
      } else if (resultOf(line) === current) current = undefined
      if (!ofProcess.test(line)) block.push(line)
    },
    /** Ends the output, and returns the file that has no result. */
    end() {
      flush()
      return current
    },
  }
}

/** The lines with their results numbered from `first`, and how many results there are. */
export function numbered(lines: readonly string[], first: number): { text: string; count: number } {
  let count = 0
  const text = lines.map(line => {
    const found = result.exec(line)
    if (!found) return line
    count += 1
    return `${found[1]} ${first + count - 1}${found[2] === undefined ? '' : ` - ${found[2]}`}`
  })
  return { text: text.map(line => `${line}\n`).join(''), count }
}
