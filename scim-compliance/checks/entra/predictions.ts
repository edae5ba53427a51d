import type { ObservedResponse, Prediction } from '../../check.ts'
import { enterpriseUrn, isObject } from '../../scim.ts'

export const isSuccess = (status: number | undefined): boolean =>
  status !== undefined && status >= 200 && status < 300

const shownWrong = (words: string): Prediction => ({ effect: 'shown-wrong', summary: words })

const answered = ({ status }: ObservedResponse): string =>
  status === undefined ? 'no response comes' : `the server returns ${status}`

export const hidden = ({ method, status }: ObservedResponse): Prediction | undefined =>
  method === 'GET' && status === 404
    ? {
        effect: 'not-linked',
        summary:
          'Disabled users are lost, because the server hides them: Entra reports InvalidAnchor, and can’t enable them again.',
      }
    : undefined

/** A probe that finds a group is correct as long as there is none. */
export const groupProbe = (seen: ObservedResponse): Prediction | undefined =>
  isSuccess(seen.status)
    ? {
        effect: 'quarantine',
        summary:
          'As soon as the server has a group, Test connection fails and a running job is quarantined, because the probe returns a group that can’t exist.',
      }
    : undefined

export const wrongToken = (seen: ObservedResponse): Prediction =>
  shownWrong(
    isSuccess(seen.status)
      ? 'Test connection succeeds with an invalid token.'
      : `An expired token isn’t reported as such, because ${answered(seen)} instead of 401.`,
  )

export const noToken = (seen: ObservedResponse): Prediction =>
  shownWrong(
    isSuccess(seen.status)
      ? 'The directory can be read without a token, and Test connection succeeds without one.'
      : `A missing token isn’t reported as such, because ${answered(seen)} instead of 401.`,
  )

export function managerOfNew({ method, status, body }: ObservedResponse): Prediction | undefined {
  if (method !== 'GET' || !isSuccess(status) || !isObject(body)) return undefined
  const extension = body[enterpriseUrn]
  const manager = isObject(extension) ? extension.manager : undefined
  return manager === undefined || manager === null
    ? undefined
    : {
        effect: 'escrow',
        summary:
          'New users have a manager in a representation that Entra can’t read: it expects an object with value.',
      }
}

export function emptied({ method, status, body }: ObservedResponse): Prediction | undefined {
  if (method !== 'GET' || !isSuccess(status) || !isObject(body)) return undefined
  const extension = body[enterpriseUrn]
  const manager = isObject(extension) ? extension.manager : undefined
  if (!isObject(manager) || (manager.value !== undefined && manager.value !== null && manager.value !== ''))
    return undefined
  return shownWrong('Clearing the manager leaves an object without an id instead of no manager.')
}

const double = (what: string, seen: ObservedResponse): Prediction =>
  shownWrong(
    isSuccess(seen.status)
      ? `A second ${what} of the same name is created; searches then return both, and Entra reports DuplicateTargetEntries.`
      : `Entra can’t distinguish a duplicate from another error, because ${answered(seen)} instead of 409.`,
  )

export const twice = (seen: ObservedResponse): Prediction => double('user', seen)

export const groupTwice = (seen: ObservedResponse): Prediction => double('group', seen)

export function removal({ method, status, body }: ObservedResponse): Prediction | undefined {
  if (method !== 'GET' || !isSuccess(status) || !isObject(body)) return undefined
  const { members = [], Resources } = body
  if (Resources !== undefined || !Array.isArray(members)) return undefined
  const what = members.length === 0 ? 'Removing one member empties the group.' : 'The wrong members are left.'
  return {
    effect: 'data-lost',
    summary: `${members.length > 2 ? 'Removing a member has no effect.' : what} The server reports success, and Entra doesn’t read members to notice.`,
  }
}

export const kept =
  (what: string) =>
  ({ method, status }: ObservedResponse): Prediction | undefined =>
    method === 'GET' && isSuccess(status)
      ? {
          effect: 'data-lost',
          summary: `Deleted ${what} remain on the server. The server reports success, so Entra doesn’t notice.`,
        }
      : undefined

/** Entra treats each success status alike. */
export const deletion = ({ method, status }: ObservedResponse): Prediction | undefined =>
  method === 'DELETE' && isSuccess(status)
    ? shownWrong(`Microsoft asks for 204; Entra treats ${status} as success, too.`)
    : undefined
