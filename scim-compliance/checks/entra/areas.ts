import { defineClientArea } from '../steps/client-areas.ts'

/** Microsoft's own tests; provisioning jobs never send these requests. */
export const gallery = 'Microsoft tests the server for its app gallery'

const defineEntraArea = defineClientArea({
  suite: 'entra',
  rejected: {
    effect: 'escrow',
    sentence: '{answer}, so the whole request fails, and Entra retries it later (escrow).',
  },
  accepted: 'The server reports success, so Entra does too, and the value is lost.',
  reportsOnly: gallery,
})

export const createCheck = defineEntraArea({ area: 'create', section: 'Create', needs: ['write', 'users'] })
export const deleteCheck = defineEntraArea({ area: 'delete', section: 'Delete', needs: ['write', 'users'] })
export const disableCheck = defineEntraArea({
  area: 'disable',
  section: 'Disable',
  needs: ['write', 'users', 'patch'],
})
export const groupsCheck = defineEntraArea({ area: 'groups', section: 'Groups', needs: ['write', 'groups'] })
export const loadCheck = defineEntraArea({ area: 'load', section: 'Load', needs: ['users'] })
export const lookUpCheck = defineEntraArea({ area: 'look-up', section: 'Look-up', needs: ['write', 'users'] })
export const managerCheck = defineEntraArea({
  area: 'manager',
  section: 'Manager',
  needs: ['write', 'users', 'patch', 'enterprise'],
})
export const membersCheck = defineEntraArea({
  area: 'members',
  section: 'Members',
  needs: ['write', 'users', 'groups', 'patch'],
})
export const probeCheck = defineEntraArea({ area: 'probe', section: 'Connection', needs: ['users'] })
export const discoveryCheck = defineEntraArea({ area: 'discovery', section: 'Connection' })
export const rolesCheck = defineEntraArea({ area: 'roles', section: 'Roles', needs: ['write', 'users'] })
export const updateCheck = defineEntraArea({
  area: 'update',
  section: 'Update',
  needs: ['write', 'users', 'patch'],
})
export const testsCheck = defineEntraArea({
  area: 'tests',
  section: 'Microsoft’s tests',
  needs: ['write', 'users', 'patch'],
})

export const flagged = 'your job has aadOptscim062020 in its Tenant URL'

export const notLinked =
  'Existing users are not found: Entra creates them again, and gets a 409 or creates a duplicate.'

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
