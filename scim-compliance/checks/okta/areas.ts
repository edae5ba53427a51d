import type { Check, Consequence, Level, Need, ObservedResponse } from '../../check.ts'
import { compact } from '../../scim.ts'

type Area = {
  /** Second part of their IDs: `okta/{area}/{id}`. */
  readonly area: string
  readonly section: string
  readonly needs?: readonly Need[]
}

type OktaCheckDefinition = Pick<Check, 'id' | 'description' | 'source' | 'rationale' | 'remedy' | 'run'> & {
  /** `MUST` if Okta documents the request; `practice` if it is observed, or follows from what is documented. */
  readonly level: Level
  /** Defaults to those of the area. */
  readonly needs?: readonly Need[]
  /** `write`: a task if the request is rejected, lost data if it is accepted without effect. */
  readonly effect: Exclude<Consequence['effect'], 'escrow' | 'quarantine'> | 'write'
  readonly leadsTo: string
}

const defineOktaArea =
  ({ area, section, needs: usual }: Area) =>
  ({ id, needs = usual, effect, leadsTo, ...own }: OktaCheckDefinition): Check => {
    const consequence = (effect: Consequence['effect'], more = ''): Consequence => ({
      client: 'okta',
      effect,
      summary: leadsTo + more,
    })
    return {
      id: `okta/${area}/${id}`,
      suite: 'okta',
      section,
      ...own,
      ...compact({ needs }),
      consequence: consequence(effect === 'write' ? 'task' : effect),
      predictConsequence: seen => (effect === 'write' ? afterWrite(seen, consequence) : consequence(effect)),
    }
  }

/**
 * Okta never repeats a rejected request by itself: it becomes a task, and an administrator has to retry it. A failure that shows in a
 * read follows a write that the server accepted.
 */
function afterWrite(
  { method, status }: ObservedResponse,
  consequence: (effect: Consequence['effect'], more?: string) => Consequence,
): Consequence {
  const isSuccess = status !== undefined && status >= 200 && status < 300
  if (isSuccess)
    return consequence(
      'data-lost',
      ' The server reports success, so Okta does too, and does not send it again.',
    )
  if (method === 'GET') return consequence('task')
  const answered = status === undefined ? 'No response comes' : `The server returns ${status}`
  return consequence(
    'task',
    ` ${answered}: the change becomes a task, until an administrator retries it (task).`,
  )
}

export const connectionCheck = defineOktaArea({
  area: 'connection',
  section: 'Connection',
  needs: ['users'],
})
export const lookUpCheck = defineOktaArea({ area: 'look-up', section: 'Look-up', needs: ['write', 'users'] })
export const createCheck = defineOktaArea({ area: 'create', section: 'Create', needs: ['write', 'users'] })
export const updateCheck = defineOktaArea({ area: 'update', section: 'Update', needs: ['write', 'users'] })
export const deactivateCheck = defineOktaArea({
  area: 'deactivate',
  section: 'Deactivate',
  needs: ['write', 'users', 'patch'],
})
export const groupsCheck = defineOktaArea({
  area: 'groups',
  section: 'Groups',
  needs: ['write', 'groups', 'patch'],
})
export const membersCheck = defineOktaArea({
  area: 'members',
  section: 'Members',
  needs: ['write', 'users', 'groups', 'patch'],
})
export const importCheck = defineOktaArea({ area: 'import', section: 'Import', needs: ['write', 'users'] })

const developer = 'https://developer.okta.com/docs'

export const sources = {
  reference: `${developer}/api/openapi/okta-scim/guides/scim-20`,
  concepts: `${developer}/concepts/scim`,
  questions: `${developer}/concepts/scim/faqs`,
  groupPush:
    'https://help.okta.com/en-us/Content/topics/users-groups-profiles/usgp-group-push-operations.htm',
  captures: 'https://github.com/oktadeveloper/okta-blog-archive/pull/1956',
  userNameCase: 'https://github.com/onyx-dot-app/onyx/pull/8568',
  rename: 'https://github.com/goauthentik/authentik/issues/12321',
  pushNow: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/757',
  pushNowPathless: 'https://github.com/jelhub/scimgateway/issues/113',
} as const

export const notLinked =
  'Existing users are not found: Okta creates them again, and gets a 409 or creates a duplicate.'
