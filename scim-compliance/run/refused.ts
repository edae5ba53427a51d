import type { Check } from '../check.ts'
import { shown } from '../expect.ts'
import { isObject } from '../json.ts'
import type { Answer, TypeAtHand } from '../stage.ts'

/** Why nothing of a type can be made. */
export type Refused = {
  readonly reason: string
  /** For want of rights, which is no fault of the server. */
  readonly forbidden: boolean
}

export const refusedBy = ({ endpoint }: TypeAtHand, answer: Answer): Refused =>
  answer.status === 403
    ? { reason: `The token may not create at ${endpoint}: the server answered 403.`, forbidden: true }
    : {
        reason: `Nothing could be made: POST ${endpoint} is answered with ${answer.status}${saying(answer)}.`,
        forbidden: false,
      }

function saying({ status, body }: Answer): string {
  if (status < 300) return ' and no id'
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
  refused && (refused.forbidden || check === undefined || !aboutMaking.has(check.id))
    ? refused.reason
    : undefined

/** All of whose ids there is a check. */
export const idsAboutMaking: readonly string[] = [...aboutMaking]

/** By their ids: these look at what comes of a create, others only need something to work on. */
export const isAboutCreating = (check: Pick<Check, 'id'> | undefined): boolean =>
  check !== undefined && (/\bcreate/.test(check.id) || aboutMaking.has(check.id))
