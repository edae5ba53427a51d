import type { ClientVerdict, Judge } from '../../grade/verdict.ts'
import { fewOf, type Loss, outcomesFor, unsaid, worstFirst } from '../tools/consequences.ts'
import { allLosses, kinds, saysLacking } from './losses.ts'

/** Without these nobody is provisioned at all. */
const vital = new Set([
  'entra/create/documented-body',
  'entra/create/charset',
  'entra/create/answers-the-id',
  'entra/look-up/by-user-name',
  'entra/look-up/only-the-match',
  'entra/look-up/read-by-id',
])

/** What has to be looked at before anything is promised: each thing that a job does, in both dialects. */
const decisive = new Set([
  'entra/probe/user-answers-200',
  ...vital,
  'entra/update/replace-displayName',
  'entra/update/flag-replace-merged',
  'entra/disable/default',
  'entra/disable/flag',
  'entra/disable/default-enable',
  'entra/disable/flag-enable',
  'entra/delete/user-answers-204',
  'entra/groups/documented-body',
  'entra/groups/look-up',
  'entra/members/add-one',
  'entra/members/flag-add',
  'entra/members/remove-listed',
  'entra/members/flag-remove',
])

/** Tests of Microsoft's own tools; its provisioning doesn't send them. */
const toolsOnly = /^entra\/(tests|discovery)\//

const stopsAll = ({ id, effect }: Loss): boolean => effect === 'quarantine' || vital.has(id)

/** What a job of Entra ID would come to with this server. */
export const entraVerdict: Judge = outcomes => {
  const own = outcomesFor(outcomes, 'entra')
  if (own === undefined) return undefined
  const topics = kinds.map(([pattern]) => pattern)
  const losses = worstFirst(allLosses(own), stopsAll, topics)
  return {
    client: 'entra',
    ...summary(losses, unsaid(own, decisive, saysLacking)),
    because: [...new Set(losses.map(({ words }) => words))],
  }
}

function summary(
  losses: readonly Loss[],
  unseen: string | undefined,
): Pick<ClientVerdict, 'works' | 'words'> {
  const stopped = losses.find(({ effect }) => effect === 'quarantine')
  if (stopped) return { works: 'no', words: `Would quarantine the job at once. ${stopped.words}` }
  const broken = losses.find(({ id }) => vital.has(id))
  if (broken) return { works: 'no', words: `Won’t provision. ${broken.words}` }
  const told = fewOf(inFewWords(losses.filter(({ id }) => !toolsOnly.test(id))))
  if (unseen !== undefined)
    return { works: 'unknown', words: told === '' ? unseen : `${unseen} What was looked at shows: ${told}.` }
  if (told !== '') return { works: 'partly', words: `Will provision, but ${told}.` }
  return {
    works: 'yes',
    words:
      losses.length > 0
        ? 'Will provision; some of Microsoft’s own tests for its gallery fail.'
        : 'Will provision, in both of its dialects.',
  }
}

/** Each kind once, in the order of the losses. */
const inFewWords = (losses: readonly Loss[]): readonly string[] => [
  ...new Set(losses.flatMap(({ id }) => kinds.find(([pattern]) => pattern.test(id))?.[1] ?? [])),
]
