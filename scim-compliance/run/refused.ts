import type { Check } from '../check.ts'
import { shown } from '../expect.ts'
import { isObject } from '../json.ts'
import type { Answer, TypeAtHand } from '../stage.ts'
import { isAboutIds } from './text-ids.ts'

/** Why nothing of a type can be made. */
export type Refused = {
  readonly reason: string
  /** `unasked`: it wasn't even asked, or the rights are too few; no fault of the server. */
  readonly why: 'refused' | 'without-id' | 'unasked'
}

export const refusedBy = ({ endpoint }: TypeAtHand, answer: Answer): Refused =>
  answer.status === 403
    ? { reason: `The token may not create at ${endpoint}: the server answered 403.`, why: 'unasked' }
    : {
        reason: `Nothing could be made: POST ${endpoint} is answered with ${answer.status}${saying(answer)}.`,
        why: isSuccess(answer) ? 'without-id' : 'refused',
      }

export const isSuccess = ({ status }: Pick<Answer, 'status'>): boolean => status >= 200 && status < 300

/** What else an answer says, in brackets. */
export function saying(answer: Answer): string {
  if (isSuccess(answer)) return ' and no id'
  const { body } = answer
  return isObject(body) && typeof body.detail === 'string' ? ` (${shown(body.detail)})` : ''
}

/** One of each suite and type: where nothing can be made these fail, and no others. */
const aboutMaking: ReadonlySet<string> = new Set([
  'rfc/create/answers-201-user',
  'rfc/create/answers-201-group',
  'rfc/create/own-types',
  'entra/create/documented-body',
  'entra/groups/documented-body',
  'aws/users/created-with-201',
  'aws/groups/empty-members',
])

/**
 * Why a check may not make anything of a type. A server that takes nothing at all refuses what is wrong, too, and fails
 * what needs something to work on: neither says anything of what a check is about.
 */
export const refusalFor = (
  refused: Refused | undefined,
  check: Pick<Check, 'id'> | undefined,
): string | undefined =>
  refused === undefined || (check !== undefined && tells(check, refused)) ? undefined : refused.reason

/** Whether it is just this that a check is about. */
function tells(check: Pick<Check, 'id'>, { why }: Refused): boolean {
  if (why === 'unasked') return false
  return aboutMaking.has(check.id) || (why === 'without-id' && isAboutIds(check))
}

/** All of whose ids there is a check. */
export const idsAboutMaking: readonly string[] = [...aboutMaking]

/** By their ids: these look at what comes of a create, others only need something to work on. */
export const isAboutCreating = (check: Pick<Check, 'id'> | undefined): boolean =>
  check !== undefined && (/\bcreate/.test(check.id) || aboutMaking.has(check.id))
