import { readFileSync } from 'node:fs'
import type { Suite } from '../../../scim-compliance/check.ts'
import { checks } from '../../../scim-compliance/checks/catalog.ts'
import type { Exchange } from '../../../scim-compliance/client/exchange.ts'
import { appraiseRun, diagnosisOf } from '../../../scim-compliance/grade/appraisal.ts'
import { NothingToGrade } from '../../../scim-compliance/run/nothing-to-grade.ts'
import { runChecks } from '../../../scim-compliance/run/run-checks.ts'
import { runOptions } from '../small-server.ts'
import { designs } from './designs.ts'

export const failuresFile = new URL('failures.json', import.meta.url)

/** A failure that counts, and why it is one: read from its requests and responses. */
export type ListedFailure = {
  readonly check: string
  /** `POST /Users → 200`; `any` where it differs in each run, or may be missing. */
  readonly exchange: string
  readonly verified: string
}

/** By server; those of `sound` may occur on each stub. */
export const readListed = (): Readonly<Record<string, readonly ListedFailure[]>> =>
  JSON.parse(readFileSync(failuresFile, 'utf8'))

export type CountedFailure = Omit<ListedFailure, 'verified'> & {
  readonly level: string
  readonly expected: string
  readonly got: string
  readonly remedy: string
  readonly exchanges: readonly Exchange[]
}

type Graded = {
  readonly counted: readonly CountedFailure[]
  readonly following: number
  readonly passed: number
  /** Why the run ended without a grade. */
  readonly ended?: string
}

/** Runs suites on a server; never load checks, which depend on the machine. */
export async function gradeServer(
  { url, token }: { readonly url: string; readonly token: string },
  suites: readonly Suite[],
  only: readonly string[] = [],
): Promise<Graded> {
  const options = { token, as: suites, only, skip: ['entra/load'], concurrency: 4, timeoutSeconds: 60 }
  try {
    const { result: whole } = await runChecks(runOptions(url, checks, options))
    const appraisal = appraiseRun(whole, { threshold: { failOn: 'must' }, evaluators: [], version: '0.0.0' })
    const { result } = appraisal
    const is = (wanted: string) => result.outcomes.filter(({ verdict }) => verdict === wanted)
    return {
      counted: [...is('failed'), ...is('broken')].map(outcome => {
        const { check, expected = '', got = '', reason, exchange = 0, exchanges } = outcome
        return {
          check: check.id,
          level: check.level,
          remedy: diagnosisOf(appraisal, outcome).remedy,
          expected,
          got: reason ?? got,
          exchange: formatExchange(url, result.exchanges[exchange - 1]),
          exchanges: exchanges
            .filter(number => number <= exchange)
            .flatMap(number => result.exchanges[number - 1] ?? []),
        }
      }),
      following: result.outcomes.filter(({ follows }) => follows !== undefined).length,
      passed: is('passed').length,
    }
  } catch (error) {
    if (!(error instanceof NothingToGrade)) throw error
    return { counted: [], following: 0, passed: 0, ended: error.message }
  }
}

/** Without what differs in each run. */
function formatExchange(url: string, exchange: Exchange | undefined): string {
  if (!exchange) return 'none'
  const path = exchange.url
    .replace(url, '')
    .replace(/\?.*/, '?…')
    .replace(/^(\/(?:Users|Groups))\/[\w-]{8,}/, '$1/{id}')
    .replace(/scim-check-[\w-]+/, '…')
  return `${exchange.method} ${path} → ${exchange.response?.status ?? 'no response'}`
}

/** Which of several rows fails first, and with which status, depends on other requests. */
const requestOf = ({ exchange }: Pick<ListedFailure, 'exchange'>): string => exchange.replace(/ → .*/, '')

export const isListedAs = (listed: Pick<ListedFailure, 'exchange'>, exchange: string): boolean =>
  listed.exchange === 'any' || requestOf(listed) === requestOf({ exchange })

/** How failures differ from those that are listed for a server; `isWhole`: all of them have to occur. */
export function deviations(
  name: string,
  { counted, ended }: Graded,
  { isWhole = true }: { readonly isWhole?: boolean } = {},
): readonly string[] {
  const all = readListed()
  const own = all[name] ?? []
  const design = designs.find(({ id }) => id === name)
  if (design?.ends || ended !== undefined)
    return design?.ends?.test(ended ?? '') ? [] : [`The run ends: ${ended ?? 'no'}`]
  // What each stub fails may have another status by its design.
  const common = design ? (all.sound ?? []).map(({ check }) => check) : []
  const failed = new Set(counted.map(({ check }) => check))
  return [
    ...counted
      .filter(({ check, exchange }) => !own.some(one => one.check === check && isListedAs(one, exchange)))
      .filter(({ check }) => !common.includes(check))
      .map(
        ({ level, check, expected, got, exchange }) =>
          `${level} ${check} isn’t listed with ${exchange}: expected ${expected}, got ${got}`,
      ),
    ...own
      .filter(({ check, exchange }) => isWhole && exchange !== 'any' && !failed.has(check))
      .map(({ check }) => `${check} is listed, and doesn’t fail`),
  ]
}
