const application = 'Enterprise applications > your application > Provisioning'

export const inUserMapping = (todo: string): string =>
  `${application} > Attribute mapping > Provision Microsoft Entra ID Users: ${todo}`

export const inGroupMapping = (todo: string): string =>
  `${application} > Attribute mapping > Provision Microsoft Entra ID Groups: ${todo}`

/** Microsoft’s tutorials of 2026 enter it under "+ New configuration". */
export const inConnection = (todo: string): string =>
  `${application} > your configuration (in the portal until 2025: Admin credentials): ${todo}`

export const inSignOn = (todo: string): string =>
  `Enterprise applications > your application > Single sign-on > Attributes & Claims: ${todo}`

export const inScope = (todo: string): string =>
  `${application} > Settings > Scope, and Users and groups: ${todo}`

/** Makes Entra's client follow RFC 7644 (Microsoft's page on SCIM compatibility). */
export const withFlag = inConnection('append ?aadOptscim062020 to the Tenant URL.')

/** With the flag, Entra's operations have no path, which the draft's section 6.5.2 prohibits. */
export const withFlagElsewhere = `Not needed for AWS. A target that follows the SCIM Interoperability Profile rejects what Entra sends with its flag, so leave it out there. For other targets: ${withFlag}`

export const withoutFlag = inConnection('remove ?aadOptscim062020 from the Tenant URL.')

export const findingSources = {
  tutorial:
    'https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups',
  compatibility:
    'https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility',
  mappings: 'https://learn.microsoft.com/entra/identity/app-provisioning/customize-application-attributes',
  howItWorks: 'https://learn.microsoft.com/entra/identity/app-provisioning/how-provisioning-works',
  knownIssues: 'https://learn.microsoft.com/entra/identity/app-provisioning/known-issues',
  quarantine:
    'https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-quarantine-status',
  gallery:
    'https://learn.microsoft.com/entra/identity/app-provisioning/app-gallery-user-provisioning-requirements',
  errorCodes: 'https://learn.microsoft.com/entra/identity/monitoring-health/howto-analyze-provisioning-logs',
  aws: 'https://learn.microsoft.com/entra/identity/saas-apps/aws-single-sign-on-provisioning-tutorial',
} as const
