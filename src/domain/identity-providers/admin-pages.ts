const step = (place: string) => (todo: string) => `${place}: ${todo}`

const oktaApp = 'Applications > AWS IAM Identity Center'

export const okta = {
  integration: step(`${oktaApp} > Provisioning > Integration`),
  toApp: step(`${oktaApp} > Provisioning > To App`),
  mapping: step(`${oktaApp} > Provisioning > To App > Attribute Mappings`),
  pushGroups: step(`${oktaApp} > Push Groups`),
  assignments: step(`${oktaApp} > Assignments`),
  signOn: step(`${oktaApp} > Sign On`),
  catalog: step('Applications > Browse App Catalog'),
  tasks: step('Dashboard > Tasks'),
} as const

const googleApp = 'Apps > Web and mobile apps > Amazon Web Services'

export const google = {
  provisioning: step(`${googleApp} > Auto-provisioning`),
  mapping: step(`${googleApp} > Auto-provisioning > Attribute mapping`),
  deprovisioning: step(`${googleApp} > Auto-provisioning > Deprovisioning`),
  saml: step(`${googleApp} > Service provider details`),
} as const

const jumpcloudApp = 'User Authentication > AWS IAM Identity Center'

export const jumpcloud = {
  identityManagement: step(`${jumpcloudApp} > Identity Management`),
  userGroups: step(`${jumpcloudApp} > User Groups`),
  sso: step(`${jumpcloudApp} > SSO`),
  users: step('User Management > Users'),
} as const

const oneloginApp = 'Applications > AWS IAM Identity Center'

export const onelogin = {
  configuration: step(`${oneloginApp} > Configuration`),
  provisioning: step(`${oneloginApp} > Provisioning`),
  parameters: step(`${oneloginApp} > Parameters`),
  entitlements: step(`${oneloginApp} > Provisioning > Entitlements`),
  moreActions: step(`${oneloginApp} > More Actions`),
} as const

const pingfederateConnection = 'Applications > SP Connections > your connection'

export const pingfederate = {
  provisioning: step(`${pingfederateConnection} > Outbound Provisioning > Configure Provisioning`),
  mapping: step(`${pingfederateConnection} > Outbound Provisioning > your channel > Attribute Mapping`),
} as const

const pingoneApp = 'Applications > AWS IAM Identity Center'

export const pingone = {
  provisioning: step(`${pingoneApp} > User Provisioning`),
  mapping: step(`${pingoneApp} > Attribute Mapping`),
} as const

const cyberarkApp = 'Apps > Web Apps > AWS IAM Identity Center'

export const cyberark = {
  provisioning: step(`${cyberarkApp} > Provisioning`),
  roles: step(`${cyberarkApp} > Provisioning > Role Mapping`),
} as const

export const authentik = {
  provider: step('Applications > Providers > your SCIM provider'),
  mapping: step('Customization > Property Mappings'),
} as const

/** The SCIM client for Keycloak is a plug-in: mitodl/keycloak-scim. */
export const keycloak = {
  provider: step('User federation > your SCIM provider'),
  users: step('Users'),
} as const

export const pocketId = {
  client: step('OIDC Clients > your client > SCIM Provisioning'),
} as const
