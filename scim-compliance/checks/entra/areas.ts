import type { Blame, Prediction, Seen } from '../../check.ts'
import { compact, isObject } from '../../scim.ts'
import { defineClientArea, escrow, shownWrong } from '../steps/client-areas.ts'

/** Microsoft's own tests; provisioning jobs never send these requests. */
export const gallery = 'Microsoft tests the server for its app gallery'

const areaOf = defineClientArea({
  suite: 'entra',
  rejected: {
    effect: 'escrow',
    sentence: '{answer}, so the whole request fails, and Entra retries it later (escrow).',
  },
  accepted: 'The server reports success, so Entra does too, and the value is lost.',
  reportsOnly: gallery,
})

const users = ['write', 'users'] as const
const userPatches = ['write', 'users', 'patch'] as const
const groups = ['write', 'groups'] as const
const groupPatches = ['write', 'groups', 'patch'] as const
const memberships = ['write', 'users', 'groups', 'patch'] as const
const made = 'probe/create'
const patched = [made, 'probe/patch'] as const
const updated = [...patched, 'probe/patch-attributes'] as const
const answered = 'entra/probe/user-answers-200'
const madeGroup = 'entra/groups/documented-body'
const foundGroup = [madeGroup, 'entra/probe/group-finds-nobody', 'entra/groups/look-up']
/** Not probe/filter: a server may compare userName with the email address, which is the same in Entra's users. */
const notIgnored = [answered, 'entra/probe/user-finds-nobody']
/** The searches that every job sends. */
export const found = ['entra/look-up/by-user-name', 'entra/look-up/only-the-match'] as const

export const probeCheck = areaOf('probe', 'Connection', ['users'], [answered], 'quarantine')
export const discoveryCheck = areaOf('discovery', 'Connection')
export const readCheck = areaOf('look-up', 'Look-up', users, [made])
export const createCheck = areaOf('create', 'Create', users, [made, 'entra/create/documented-body'], 'write')
export const updateCheck = areaOf('update', 'Update', userPatches, updated, 'write')
export const disableCheck = areaOf('disable', 'Disable', userPatches, patched, 'write')
export const deleteCheck = areaOf('delete', 'Delete', users, [made])
export const managerCheck = areaOf(
  'manager',
  'Manager',
  [...userPatches, 'enterprise'],
  [...updated, 'entra/update/add-enterprise-employeenumber', 'entra/manager/add-text'],
  'write',
)
export const rolesCheck = areaOf('roles', 'Roles', users, [made], 'write')
export const groupsCheck = areaOf('groups', 'Groups', groups, [madeGroup])
export const groupPatchCheck = areaOf('groups', 'Groups', groupPatches, [madeGroup, 'probe/patch'], 'write')
export const membersCheck = areaOf('members', 'Members', memberships, [...patched, madeGroup], 'write')
export const testsCheck = areaOf('tests', 'Microsoft’s tests', userPatches, updated)
export const pagingCheck = areaOf('tests', 'Microsoft’s tests', [...users, 'index-paging'], [made])
export const loadCheck = areaOf('load', 'Load', ['users'], [answered])

export const flagged = 'your job has aadOptscim062020 in its Tenant URL'

export const createdAgain =
  'Existing users are not found: Entra creates them again, and gets a 409 or creates a duplicate.'

/** Without a topic: what Entra doesn't notice isn't in the headline. */
export const unnoticed = (summary: string): Prediction => shownWrong(summary, false)

const hasResources = ({ body }: Seen): boolean => isObject(body) && Array.isArray(body.Resources)

/** Entra counts the resources that a search returns, and reads totalResults only where these are missing. */
export const totalOnly: Blame = {
  on: 'other',
  if: hasResources,
  remedy: 'Return the number of matches in totalResults.',
  predict: unnoticed('A search returns a wrong totalResults.'),
}

const searchBlame = (what: 'user' | 'group'): readonly Blame[] => {
  const several = `Every search returns several ${what}s: Entra reports DuplicateTargetEntries and writes none.`
  const failing = `The search fails. {answer}, and Entra retries the ${what} later (escrow).`
  return [
    { on: 'excess', predict: escrow(several, `searches return several ${what}s`) },
    { on: ['nothing', '3xx', '4xx', '5xx'], predict: escrow(failing, `searches for ${what}s fail`) },
    totalOnly,
  ]
}

/** Checks of searches for one user or group. */
const searchOf =
  (what: 'user' | 'group', define: ReturnType<typeof areaOf>): ReturnType<typeof areaOf> =>
  (id, level, source, check) =>
    define(id, level, source, { ...check, blame: [...[check.blame ?? []].flat(), ...searchBlame(what)] })

const searchArea = (before: readonly string[]) =>
  searchOf('user', areaOf('look-up', 'Look-up', users, [made, ...before], 'not-linked'))

export const matchCheck = searchArea(notIgnored)
export const lookUpCheck = searchArea(found)
const groupSearches = areaOf('groups', 'Groups', groups, foundGroup, 'not-linked')
export const groupLookUpCheck = searchOf('group', groupSearches)

/** Of a request that has to return 409 because of a name that is taken. */
export const duplicateBlame = (what: 'user' | 'group'): readonly Blame[] => [
  {
    on: '2xx',
    predict: shownWrong(
      `A second ${what} of the same name is created; searches then return both, and Entra reports DuplicateTargetEntries.`,
    ),
  },
  {
    on: ['nothing', '3xx', '4xx', '5xx'],
    remedy: 'Return 409 for a name that is taken.',
    predict: unnoticed('{answer} instead of 409, so Entra can’t distinguish a duplicate from another error.'),
  },
]

/** The server decodes %20 as a space, and not the plus sign that Entra sends. */
export const undecodedPlus = (on: Blame['on']): Blame => ({
  ...compact({ on }),
  if: seen => seen.probe('probe/filter')?.holds === true,
  remedy: 'Decode a + in a query as a space, as in HTML forms. %20 is a space, too.',
})

export const reported = (what: string) => `Its tests report that ${what}.`

const learn = 'https://learn.microsoft.com/en-us/entra/identity'
const provisioning = `${learn}/app-provisioning`

export const sources = {
  tutorial: `${provisioning}/use-scim-to-provision-users-and-groups`,
  compatibility: `${provisioning}/application-provisioning-config-problem-scim-compatibility`,
  howItWorks: `${provisioning}/how-provisioning-works`,
  quarantine: `${provisioning}/application-provisioning-quarantine-status`,
  attributes: `${provisioning}/customize-application-attributes`,
  validator: `${provisioning}/scim-validator-tutorial`,
  discovery: `${provisioning}/how-to-account-discovery`,
  logs: `${learn}/monitoring-health/howto-analyze-provisioning-logs`,
  referenceCode: 'https://github.com/AzureAD/SCIMReferenceCode',
  probes: 'https://github.com/AzureAD/SCIMReferenceCode/issues/63',
  trailingSlash: 'https://github.com/AzureAD/SCIMReferenceCode/issues/44',
  noContentType: 'https://github.com/MicrosoftDocs/azure-docs/issues/94189',
  nullUpdate: 'AzureAD/SCIMReferenceCode, Microsoft.SCIM.LogicAppValidationTemplate',
  missingElement: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/416',
  managerText: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/686',
  managerRead: 'https://github.com/Budibase/budibase/issues/15369',
  managerCreate: 'https://github.com/apache/directory-scimple/issues/1242',
  managerFilter: 'https://github.com/thomaspoignant/scim-patch/issues/453',
  dottedKeys: 'https://github.com/pond/scimitar/issues/123',
  packedRoles: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/516',
  lostMembers: 'https://github.com/scimmyjs/scimmy/issues/79',
  emptiedGroup: 'https://github.com/MicrosoftDocs/azure-docs/issues/30826',
  readding: 'https://github.com/simpleidserver/SimpleIdServer/issues/245',
} as const
