import type { Product } from '../../scim/recognition/products.ts'

const step = (place: string) => (todo: string) => `${place}: ${todo}`

const oktaApp = 'Applications > AWS IAM Identity Center'

const okta = {
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

const google = {
  provisioning: step(`${googleApp} > Auto-provisioning`),
  mapping: step(`${googleApp} > Auto-provisioning > Attribute mapping`),
  deprovisioning: step(`${googleApp} > Auto-provisioning > Deprovisioning`),
  saml: step(`${googleApp} > Service provider details`),
} as const

const jumpcloudApp = 'User Authentication > AWS IAM Identity Center'

const jumpcloud = {
  identityManagement: step(`${jumpcloudApp} > Identity Management`),
  userGroups: step(`${jumpcloudApp} > User Groups`),
  sso: step(`${jumpcloudApp} > SSO`),
  users: step('User Management > Users'),
} as const

const oneloginApp = 'Applications > AWS IAM Identity Center'

const onelogin = {
  configuration: step(`${oneloginApp} > Configuration`),
  provisioning: step(`${oneloginApp} > Provisioning`),
  parameters: step(`${oneloginApp} > Parameters`),
  entitlements: step(`${oneloginApp} > Provisioning > Entitlements`),
  moreActions: step(`${oneloginApp} > More Actions`),
} as const

const pingfederateConnection = 'Applications > SP Connections > your connection'

const pingfederate = {
  provisioning: step(`${pingfederateConnection} > Outbound Provisioning > Configure Provisioning`),
  mapping: step(`${pingfederateConnection} > Outbound Provisioning > your channel > Attribute Mapping`),
} as const

const pingoneApp = 'Applications > AWS IAM Identity Center'

const pingone = {
  provisioning: step(`${pingoneApp} > User Provisioning`),
  mapping: step(`${pingoneApp} > Attribute Mapping`),
} as const

const cyberarkApp = 'Apps > Web Apps > AWS IAM Identity Center'

const cyberark = {
  provisioning: step(`${cyberarkApp} > Provisioning`),
  roles: step(`${cyberarkApp} > Provisioning > Role Mapping`),
} as const

const authentik = {
  provider: step('Applications > Providers > your SCIM provider'),
  mapping: step('Customization > Property Mappings'),
} as const

/** The SCIM client for Keycloak is a plug-in: mitodl/keycloak-scim. */
const keycloak = {
  provider: step('User federation > your SCIM provider'),
  users: step('Users'),
} as const

const pocketId = {
  client: step('OIDC Clients > your client > SCIM Provisioning'),
} as const

type Remedies = Readonly<Partial<Record<Product, string>>>

const wizardApp = okta.catalog(
  'add AWS IAM Identity Center and provision with it. An app of the App Integration Wizard changes groups by PUT, which no setting changes.',
)

const pushNow = okta.pushGroups(
  'do not use Push now, which replaces all members. Unlink the group and push it again, or change one membership.',
)

const keycloakGroups = keycloak.provider(
  'turn off propagation-group, and maintain the groups in AWS or with another client. The plug-in replaces groups by PUT, or all of their members with group-patchOp: AWS accepts neither.',
)

const authentikGroups = authentik.provider(
  'update authentik, and push a group again. Earlier versions replace groups by PUT in the compatibility mode AWS, and by one operation without a path in the default mode: AWS accepts neither.',
)

const cyberarkGroups = cyberark.roles(
  'do not remove all members of a role at once: CyberArk replaces the members with an empty list. Delete the group in AWS, or its last members with the AWS CLI.',
)

const newToken: Remedies = {
  okta: `Generate a new token on the page Connect. ${okta.integration('enter it as API Token, and choose Test API Credentials.')}`,
  google: `Generate a new token on the page Connect. ${google.provisioning('enter it as access token.')}`,
  jumpcloud: `Generate a new token on the page Connect. ${jumpcloud.identityManagement('enter it as Token Key, and choose Activate.')}`,
  onelogin: `Generate a new token on the page Connect. ${onelogin.configuration('enter it as SCIM Bearer Token, and enable the API connection.')}`,
  pingfederate: `Generate a new token on the page Connect. ${pingfederate.provisioning('enter it as Access Token.')}`,
  pingone: `Generate a new token on the page Connect. ${pingone.provisioning('enter it as ACCESS_TOKEN.')}`,
  cyberark: `Generate a new token on the page Connect. ${cyberark.provisioning('enter it as Bearer Token, and choose Verify.')}`,
  authentik: `Generate a new token on the page Connect. ${authentik.provider('enter it as Token.')}`,
  keycloak: `Generate a new token on the page Connect. ${keycloak.provider('choose the auth mode BEARER, and enter it.')}`,
  'pocket-id': `Generate a new token on the page Connect. ${pocketId.client('enter it as token.')}`,
  'idp-scim-sync':
    'Generate a new token on the page Connect, and set it as IDPSCIM_AWS_SCIM_ACCESS_TOKEN or in the secret that the function reads.',
}

const baseUrl: Remedies = {
  okta: okta.integration('enter the SCIM endpoint as Base URL, without a slash at the end.'),
  google: google.provisioning('enter the SCIM endpoint as endpoint URL.'),
  jumpcloud: jumpcloud.identityManagement('enter the SCIM endpoint as Base URL, without a slash at the end.'),
  onelogin: onelogin.configuration('enter the SCIM endpoint as SCIM Base URL, without a slash at the end.'),
  pingfederate: pingfederate.provisioning('enter the SCIM endpoint as SCIM URL, without a slash at the end.'),
  pingone: pingone.provisioning('enter the SCIM endpoint as SCIM URL, without a slash at the end.'),
  cyberark: cyberark.provisioning('enter the SCIM endpoint as SCIM Service URL, without a slash at the end.'),
  authentik: authentik.provider('enter the SCIM endpoint as URL.'),
  keycloak: keycloak.provider(
    'enter the SCIM endpoint with a slash at the end. Without it, the plug-in requests /scim/v2Groups.',
  ),
  'idp-scim-sync': 'Set IDPSCIM_AWS_SCIM_ENDPOINT to the SCIM endpoint.',
}

const names = (attribute: string, field: string): Remedies => ({
  okta: `Directory > People: enter the ${field} of these users. Or ${okta.mapping(`map ${attribute}.`)}`,
  google: `Directory > Users: enter the ${field} of these users. Or ${google.mapping(`map ${attribute}.`)}`,
  jumpcloud: jumpcloud.users(`enter the ${field} of these users.`),
  onelogin: `Users: enter the ${field} of these users. Or ${onelogin.parameters(`map ${attribute}.`)}`,
  pingfederate: pingfederate.mapping(`map ${attribute} to an attribute that every user has.`),
  pingone: pingone.mapping(`map ${attribute} to an attribute that every user has.`),
  authentik: authentik.mapping(`return a value for ${attribute} in the mapping of users.`),
  keycloak: keycloak.users(`enter the ${field} of these users.`),
})

const matchAddress: Remedies = {
  okta: okta.signOn('choose Email as application username format. It is sent as userName and as NameID.'),
  google: `${google.mapping('map Basic Information > Primary email to userName.')} ${google.saml('send Primary email as Name ID, with the format EMAIL.')}`,
  jumpcloud: jumpcloud.sso('send the email address as SAML Subject NameID, and map it to userName.'),
  onelogin: onelogin.parameters('send the email address as SCIM user name and as NameID.'),
  pingfederate: pingfederate.mapping(
    'map an attribute with the form of an email address to userName. The same value must be in the NameID.',
  ),
  pingone: pingone.mapping(
    'map an attribute with the form of an email address to userName and to SAML_SUBJECT.',
  ),
  authentik: `${authentik.mapping('return the email address as userName in the SCIM mapping of users.')} In the SAML provider, choose the mapping of the email address as NameID.`,
  keycloak: 'Realm settings > Login: turn on Email as username. The plug-in sends the user name.',
  'pocket-id':
    'Pocket ID sends its user name, and has no mapping for it. Choose email addresses as user names.',
}

const retryTask = (todo: string) =>
  okta.tasks(`${todo} Then choose Retry Selected: Okta does not retry by itself.`)

/** Remedies by finding and product. Facts: the guides of AWS, and the documentation and source code of the clients. */
export const vendorRemedies: Readonly<Record<string, Remedies>> = {
  'client/token-missing': newToken,
  'client/token-unknown': newToken,
  'client/token-expired': newToken,
  'client/token-deleted': newToken,
  'client/token-read-only': newToken,
  'client/jwt-not-offered': newToken,
  'client/token-without-scheme': {
    okta: 'Okta sends the header of a custom app as it is entered: enter “Bearer”, a space, and the token. The app AWS IAM Identity Center of the catalog adds “Bearer” itself.',
  },
  'client/wrong-address': baseUrl,
  'client/no-given-name': names('name.givenName', 'first name'),
  'client/no-family-name': names('name.familyName', 'last name'),
  'client/no-display-name': names('displayName', 'display name'),
  'aws/required-attributes': {
    okta: `Every user needs a first name, last name, user name and display name. ${okta.mapping('map them, or enter them under Directory > People.')}`,
    google: google.mapping('map the attributes that are marked with *, and enter them for these users.'),
    jumpcloud: jumpcloud.users('enter first name, last name and display name of these users.'),
  },
  'client/several-emails': {
    pingone: pingone.mapping(
      'map one email address. PingOne fills several types with the same address, and marks each as primary.',
    ),
    google: google.mapping('map the primary email only.'),
  },
  'aws/one-value-per-list': {
    google: google.mapping('map one email address, and one phone number: work.'),
    pingone: pingone.mapping(
      'map one value per list. PingOne fills several types with the same address, and marks each as primary.',
    ),
    jumpcloud: 'JumpCloud can send one phone number: keep the work phone only.',
  },
  'aws/user-name-is-no-address': matchAddress,
  'client/user-name-is-not-email': matchAddress,
  'client/refused': {
    okta: retryTask('correct the value that the error names.'),
    google:
      'Correct the value that the response names. Google shows only how many users failed, and sends the user again by itself.',
  },
  'client/duplicate': {
    okta: retryTask('delete or rename the other user or group, or import it so that Okta links it.'),
  },
  'client/server-error': { okta: retryTask('turn off the fault, or wait until the server responds.') },
  'client/missing-resource': {
    okta: okta.pushGroups('unlink the group, then push it again. For a user: unassign and assign the user.'),
    onelogin: `${onelogin.entitlements('choose Refresh.')} ${onelogin.moreActions('choose Reapply entitlement mappings.')}`,
  },
  'client/unresolved-member': {
    okta: okta.assignments('assign the members first, and wait until they are created; then push the group.'),
  },
  'aws/no-replacing-groups': { okta: wizardApp, keycloak: keycloakGroups, authentik: authentikGroups },
  'okta/wizard-app': { okta: wizardApp },
  'okta/push-now': { okta: pushNow },
  'okta/empty-after-push': {
    okta: okta.pushGroups(
      'push a group that is not also used under Assignments, and push it again once its members exist.',
    ),
  },
  'jumpcloud/no-display-name': { jumpcloud: jumpcloud.users('enter a display name for the user.') },
  'client/deletes-strangers': {
    'pocket-id': pocketId.client(
      'turn provisioning off. Pocket ID deletes all users and groups that are not its own, and no setting changes that.',
    ),
    ssosync: 'Exclude them with --ignore-users and --ignore-groups.',
  },
  'aws/no-replacing-members': {
    okta: pushNow,
    keycloak: keycloakGroups,
    cyberark: cyberarkGroups,
  },
  'aws/empty-replacement-ignored': { okta: pushNow, cyberark: cyberarkGroups },
  'aws/pathless-changes-one-attribute': {
    okta: pushNow,
    authentik: authentikGroups,
  },
  'aws/no-special-characters': {
    keycloak:
      'The IDs of federated users contain colons. Import these users into Keycloak, so that they get an ID of its own.',
  },
  'identity-store/provisioned-resource-deleted': {
    okta: okta.pushGroups(
      'unlink the group, then push it again. For a user: unassign and assign the user. Then assign the new user or group to its AWS accounts.',
    ),
    onelogin: `${onelogin.entitlements('choose Refresh.')} ${onelogin.moreActions('choose Reapply entitlement mappings.')} Then assign the new user or group to its AWS accounts.`,
  },
}
