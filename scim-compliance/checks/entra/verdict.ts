import type { Consequence } from '../../check.ts'
import type { ClientVerdict, Judge } from '../../grade/verdict.ts'
import { failuresOf, listed, type TellingFailure } from '../tools/consequences.ts'

/** What is told of each effect, the worst first. */
const order: readonly Consequence['effect'][] = [
  'quarantine',
  'escrow',
  'not-linked',
  'data-lost',
  'shown-wrong',
  'slower',
]

/** Without these nobody is provisioned at all. */
const essential = new Set([
  'entra/create/documented-body',
  'entra/create/charset',
  'entra/create/answers-the-id',
  'entra/look-up/by-user-name',
  'entra/look-up/only-the-match',
  'entra/look-up/read-by-id',
])

/** Tests of Microsoft's own tools; its provisioning doesn't send them. */
const toolsOnly = /^entra\/(tests|discovery)\//

/** What a job of Entra ID would come to with this server. */
export const entraVerdict: Judge = outcomes => {
  const told = failuresOf(outcomes, 'entra')
  if (told === undefined) return undefined
  const failed = told.toSorted((one, other) => order.indexOf(one.effect) - order.indexOf(other.effect))
  return { client: 'entra', ...summary(failed), because: [...new Set(failed.map(({ words }) => words))] }
}

function summary(failed: readonly TellingFailure[]): Pick<ClientVerdict, 'works' | 'words'> {
  const [stopped] = failed.filter(({ effect }) => effect === 'quarantine')
  if (stopped) return { works: 'no', words: `Would quarantine the job at once: ${stopped.words}` }
  const [broken] = failed.filter(({ id }) => essential.has(id))
  if (broken) return { works: 'no', words: `Won’t provision: ${broken.words}` }
  const work = failed.filter(({ id }) => !toolsOnly.test(id))
  if (work.length === 0 && failed.length > 0)
    return { works: 'yes', words: 'Will provision; some of Microsoft’s own tests for its gallery fail.' }
  if (work.length === 0) return { works: 'yes', words: 'Will provision, in both of its dialects.' }
  return { works: 'partly', words: `Will provision, but ${listed(losses(work))}.` }
}

/** What goes wrong, in the fewest words: by what a failure is about. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^disable\/(default|documented|flag|flag-without-path)$/, 'disabled users stay active'],
  [/^disable\/(still|soft-delete|shown)/, 'disabled users are lost'],
  [/^disable\/.*enable/, 'users who come back stay disabled'],
  [/^look-up\//, 'some users who are there aren’t found'],
  [/^create\//, 'some users aren’t created as Entra sends them'],
  [/^update\/flag-/, 'updates with the flag aadOptscim062020 fail'],
  [/^update\//, 'some changes of attributes are lost'],
  [/^manager\//, 'managers aren’t kept as Entra sends them'],
  [/^roles\//, 'app roles are lost'],
  [/^groups\//, 'groups go wrong'],
  [/^members\//, 'memberships go wrong'],
  [/^delete\//, 'deletions go wrong'],
  [/^load\//, 'it is too slow for Entra, or loses writes under load'],
  [/^probe\//, 'what the connection test says can mislead'],
]

const losses = (failed: readonly TellingFailure[]): readonly string[] => [
  ...new Set(
    kinds.flatMap(([pattern, words]) =>
      failed.some(({ id }) => pattern.test(id.replace('entra/', ''))) ? [words] : [],
    ),
  ),
]
