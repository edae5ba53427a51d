import { checks } from '../../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../../scim-compliance/run/run-checks.ts'
import { runOptions } from '../small-server.ts'
import type { Mutant } from './break.ts'
import { startFaultyServer } from './faulty-server.ts'
import { interopMutants } from './interop.ts'
import { ipsieMutants } from './ipsie.ts'

/** Faults of a server that otherwise conforms to the drafts; `caughtBy` names all checks that fail. */
export const draftMutants: readonly Mutant[] = [...interopMutants, ...ipsieMutants]

/** They fail because another one does. */
const consequences = new Set(['IP-01', 'AL-A01'])

export type DraftFinding = { readonly mutant: Mutant; readonly failed: readonly string[] }

/** Runs the whole suite of each mutant, and the suites on the server without a fault, on so many servers at once. */
export async function runDraftMutants(
  mutants: readonly Mutant[],
  servers: number,
  found: (finding: DraftFinding) => void,
): Promise<void> {
  const sound = [...new Set(mutants.map(suiteOf))].map(
    (suite): Mutant => ({
      id: `sound-${suite}`,
      description: 'The server has no fault.',
      breaks: () => (request, next) => next(request),
      caughtBy: [],
    }),
  )
  const queue = [...sound, ...mutants].values()
  const work = async () => {
    const server = await startFaultyServer('interop')
    try {
      for (const mutant of queue) {
        await server.reset()
        server.breakBy(mutant.breaks())
        const { result } = await runChecks(
          runOptions(server.url, checks, {
            token: server.token,
            as: checks.flatMap(({ suite }) => (suite === suiteOf(mutant) ? [suite] : [])).slice(0, 1),
            concurrency: 4,
            timeoutSeconds: 60,
          }),
        )
        const failed = result.outcomes.flatMap(({ check, verdict, reason }) =>
          verdict === 'broken'
            ? [`${check.id} is broken: ${reason}`]
            : verdict === 'failed' && !consequences.has(check.draft?.rule ?? '')
              ? [check.id]
              : [],
        )
        found({ mutant, failed })
      }
    } finally {
      await server.close()
    }
  }
  await Promise.all(Array.from({ length: servers }, work))
}

/** `only`: beginnings of IDs; all without any. */
export async function proveDraftMutants(
  only: readonly string[],
  print: (line: string) => void,
): Promise<boolean> {
  const unknown = only.filter(start => !draftMutants.some(({ id }) => id.startsWith(start)))
  if (unknown.length > 0) throw new Error(`There is no fault ${unknown.join(', ')}.`)
  const isChosen = ({ id }: Mutant) => only.length === 0 || only.some(start => id.startsWith(start))
  let wrong = 0
  await runDraftMutants(draftMutants.filter(isChosen), 4, ({ mutant, failed }) => {
    const isRight = failed.join() === mutant.caughtBy.join()
    if (!isRight) wrong++
    print(`${isRight ? 'ok   ' : 'WRONG'} ${mutant.id}: ${failed.join(', ') || 'nothing fails'}`)
  })
  return wrong === 0
}

/** An ID starts with its suite, and that of a server without a fault ends with it. */
const suiteOf = ({ id }: Mutant): string | undefined => /interop|ipsie/.exec(id)?.[0]
