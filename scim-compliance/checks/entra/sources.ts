const learn = 'https://learn.microsoft.com/en-us/entra/identity'
const provisioning = `${learn}/app-provisioning`

/** Where Microsoft says so, or who has seen it. */
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
