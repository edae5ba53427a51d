import { Parser, type Result } from 'tap-parser'

/** Tests, not assertions: a test with subtests counts as those. */
type Count = { readonly passed: number; readonly failed: number; readonly skipped: number }

/**
 * Counts the tests in the TAP output of a run. A file without subtests is one test. A failure beside the subtests (an
 * assertion, a crash, a timeout, a missing plan) is one failed test, and so is each expected file that has no result. A run without
 * any result has failed.
 */
export function countTests(output: string, files: readonly string[]): Count {
  const run = readTap(output)
  const reported = new Set(run.results.map(({ name }) => name))
  const missing = files.filter(file => !reported.has(file)).length
  const absent = { passed: 0, failed: missing, skipped: 0 }
  if (run.results.length === 0 && run.subtests.length === 0)
    return { ...absent, failed: Math.max(missing, 1) }
  return sum(countOf(run), absent)
}

/** The count as tap's closing comment: `# { total: 5, pass: 4, skip: 1 }`. */
export function formatCounts({ passed, failed, skipped }: Count): string {
  const counts = { total: passed + failed + skipped, pass: passed, fail: failed, skip: skipped }
  const shown = Object.entries(counts).filter(
    ([name, count]) => count > 0 || name === 'total' || name === 'pass',
  )
  return `# { ${shown.map(([name, count]) => `${name}: ${count}`).join(', ')} }`
}

/** The failed results in the TAP output of a run: their names and diagnostics. */
export function failedResults(output: string): readonly string[] {
  const failures: string[] = []
  const listen = (parser: Parser) => {
    parser.on('child', listen)
    parser.on('assert', result => {
      if (result.ok || isSkipped(result)) return
      const diagnostics = result.diag ? `\n${JSON.stringify(result.diag, undefined, 2)}` : ''
      failures.push(`${result.fullname}${diagnostics}`)
    })
  }
  const parser = new Parser()
  listen(parser)
  parser.end(output)
  return failures
}

/** A run, a file or a test, as reported. */
type Reported = {
  readonly subtests: readonly Reported[]
  readonly results: readonly Result[]
  readonly isOk: boolean
  readonly isSkipped: boolean
}

function readTap(output: string): Reported {
  const parser = new Parser()
  const read = collect(parser)
  parser.end(output)
  return read()
}

function collect(parser: Parser): () => Reported {
  const subtests: (() => Reported)[] = []
  const results: Result[] = []
  parser.on('child', child => subtests.push(collect(child)))
  parser.on('assert', result => results.push(result))
  return () => ({
    subtests: subtests.map(read => read()),
    results,
    isOk: parser.ok && parser.closingTestPoint?.ok !== false,
    isSkipped: parser.closingTestPoint !== null && isSkipped(parser.closingTestPoint),
  })
}

function countOf({ subtests, results, isOk, isSkipped: isAllSkipped }: Reported): Count {
  const own = results.filter(({ closingTestPoint }) => !closingTestPoint)
  const skipped = isAllSkipped ? 1 : own.filter(isSkipped).length
  if (subtests.length === 0) {
    if (!isOk && !isAllSkipped) return { passed: 0, failed: 1, skipped }
    return skipped > 0 && skipped >= own.length
      ? { passed: 0, failed: 0, skipped }
      : { passed: 1, failed: 0, skipped: 0 }
  }
  const inner = subtests.map(countOf).reduce(sum)
  const hasOwnFailure = own.some(result => !result.ok && !isSkipped(result))
  const failed = hasOwnFailure || (!isOk && inner.failed === 0) ? 1 : 0
  return sum(inner, { passed: 0, failed, skipped })
}

/** Whether it was skipped, or its failure is expected. */
const isSkipped = ({ skip, todo }: Result) => skip !== false || todo !== false

export const sum = (one: Count, other: Count): Count => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
})
