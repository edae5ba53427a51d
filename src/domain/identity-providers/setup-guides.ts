import type { Statement } from '../../profiles/profile.ts'
import type { ProvisioningClient } from '../../scim/recognition/products.ts'

type GuideSteps = {
  readonly contact: string
  readonly 'test-connection'?: string
  readonly user: string
  readonly group?: string
  readonly membership?: string
  readonly disabled?: string
  readonly deleted?: string
}

export type Pitfall = Pick<Statement, 'source' | 'basis'> & { readonly description: string }

export type SetupGuide = {
  readonly place: string
  /** Whether it runs on servers of its vendor, so that it needs a public HTTPS URL. */
  readonly isCloud: boolean
  readonly urlField: string
  /** Whether the URL must end with a slash. Most vendors require that it does not. */
  readonly endsWithSlash: boolean
  readonly tokenField: string
  readonly steps: GuideSteps
  readonly pitfalls: readonly Pitfall[]
}

const userGuide = 'https://docs.aws.amazon.com/singlesignon/latest/userguide'

const documented = (source: string, description: string): Pitfall => ({
  description,
  source,
  basis: 'documented',
})
const observed = (source: string, description: string): Pitfall => ({
  description,
  source,
  basis: 'observed',
})
const inferred = (source: string, description: string): Pitfall => ({
  description,
  source,
  basis: 'inferred',
})

const oktaReference = 'https://developer.okta.com/docs/reference/scim/scim-20/'
const oktaConcepts = 'https://developer.okta.com/docs/concepts/scim/'
const oktaPush =
  'https://help.okta.com/oie/en-us/content/topics/users-groups-profiles/usgp-group-push-troubleshoot.htm'
const oktaGroupPush =
  'https://help.okta.com/oie/en-us/content/topics/users-groups-profiles/usgp-enable-group-push.htm'
const oktaGuide = `${userGuide}/okta-idp.html`

const okta: SetupGuide = {
  place: 'Applications > AWS IAM Identity Center > Provisioning > Integration',
  isCloud: true,
  urlField: 'Base URL',
  endsWithSlash: false,
  tokenField: 'API Token',
  steps: {
    contact:
      'Add AWS IAM Identity Center from Okta’s catalog. Under Provisioning > Integration, enable API integration, and enter the Base URL without a slash at the end and the API Token.',
    'test-connection':
      'Choose Test API Credentials, then Save. Okta lists two users and the first 100 groups. If nothing follows, Okta’s plan lacks Lifecycle Management, without which it provisions nothing.',
    user: 'Under Provisioning > To App, enable Create Users, Update User Attributes and Deactivate Users. Then assign a user under Assignments.',
    group: 'Push a group under Push Groups.',
    membership: 'Add a user who is assigned to the app to the pushed group.',
    disabled: 'Unassign the user, or deactivate the user in Okta.',
  },
  pitfalls: [
    documented(
      oktaGuide,
      'A Base URL with a slash at the end is rejected by Okta: “Base URL: Does not match required pattern”.',
    ),
    documented(
      oktaReference,
      'Okta never deletes a user, and sends nothing when a user is suspended: a suspended user keeps access to AWS. Deactivate the user instead.',
    ),
    documented(
      oktaGuide,
      'Okta does not support the same group for assignment and for push: groups then appear without users, and removed users remain.',
    ),
    documented(
      oktaGroupPush,
      'According to Okta, an app without group linking cannot push a group whose name already exists in the target.',
    ),
    documented(
      oktaPush,
      'A user who was deactivated and activated again joins groups only when they are pushed again.',
    ),
    documented(
      oktaGuide,
      'Okta’s app sends an address only if street, city, state, postal code and country are complete; otherwise the user is not provisioned.',
    ),
    documented(
      oktaConcepts,
      'A failed request becomes a task under Dashboard > Tasks. Okta does not retry it: choose Retry Selected.',
    ),
    documented(
      oktaConcepts,
      'An import that would unassign more than 20% of the users stops (import safeguard).',
    ),
    inferred(
      oktaReference,
      'An import from AWS sees the first 100 users and groups only, because Okta does not page by cursor.',
    ),
    inferred(
      oktaReference,
      'Apps of the App Integration Wizard change groups by PUT, which AWS does not support.',
    ),
  ],
}

const googleGuide = `${userGuide}/gs-gwp.html`
const googleErrors = 'https://support.google.com/a/answer/6294829'

const google: SetupGuide = {
  place: 'Apps > Web and mobile apps > Amazon Web Services > Auto-provisioning',
  isCloud: true,
  urlField: 'Endpoint URL',
  endsWithSlash: false,
  tokenField: 'Access token',
  steps: {
    contact:
      'Add Amazon Web Services from Google’s catalog. Configure auto-provisioning with the endpoint URL and the access token.',
    'test-connection': 'Turn auto-provisioning on. Google lists the users.',
    user: 'Turn the app on for an organizational unit or a group. Google sends users within minutes, at the latest after 24 hours; there is no button for one user.',
    disabled:
      'Suspend the user, or turn the app off for the user. Google waits as long as Deprovisioning says.',
    deleted: 'Delete the user in Google. Google waits as long as Deprovisioning says.',
  },
  pitfalls: [
    documented(
      googleGuide,
      'Google provisions users only. Create groups and memberships by hand, with the Identity Store API, or with ssosync or idp-scim-sync.',
    ),
    documented(
      googleGuide,
      'Deprovisioning has four occasions: app turned off, user suspended, user deleted, user outside the provisioning scope. Each has a delay until users are suspended and until they are deleted: 24 hours to 30 days, or never.',
    ),
    documented(
      googleErrors,
      'Google shows failures as numbers, without the response of the server. The requests are listed here under Activity.',
    ),
    documented(
      googleGuide,
      'Attributes that are marked with * must be mapped. A user with several values of an attribute fails: map the work phone only.',
    ),
    documented(
      googleGuide,
      'The SAML app has one ACS URL: users of a multi-Region instance sign in through the primary Region.',
    ),
  ],
}

const jumpcloudGuide = `${userGuide}/jumpcloud-idp.html`
const jumpcloudRequests = 'https://github.com/Paul-E/scim-v2-rust'

const jumpcloud: SetupGuide = {
  place: 'User Authentication > AWS IAM Identity Center > Identity Management',
  isCloud: true,
  urlField: 'Base URL',
  endsWithSlash: false,
  tokenField: 'Token Key',
  steps: {
    contact:
      'Under Identity Management, choose Configure, and enter the Base URL without a slash at the end and the Token Key.',
    'test-connection': 'Choose Activate. JumpCloud lists the users.',
    user: 'Under User Groups, bind a group to the connector. Its users are provisioned.',
    group: 'Check Enable management of User Groups and Group membership in this application.',
    membership: 'Add a user to the bound group.',
    disabled: 'Remove the user from all groups that are bound to the connector.',
  },
  pitfalls: [
    documented(
      jumpcloudGuide,
      'Users need a first and a last name. One phone number is provisioned: the work phone.',
    ),
    documented(
      jumpcloudGuide,
      'An existing user with the same user name and email address is taken over and overwritten.',
    ),
    documented(jumpcloudGuide, 'Only groups that are bound to the connector are provisioned.'),
    observed(
      jumpcloudRequests,
      'JumpCloud replaces the whole user with each change. AWS rejects one without a display name, also when it is deactivated.',
    ),
  ],
}

const oneloginGuide = `${userGuide}/onelogin-idp.html`

const onelogin: SetupGuide = {
  place: 'Applications > AWS IAM Identity Center > Configuration',
  isCloud: true,
  urlField: 'SCIM Base URL',
  endsWithSlash: false,
  tokenField: 'SCIM Bearer Token',
  steps: {
    contact:
      'Enter the SCIM Base URL without a slash at the end and the SCIM Bearer Token. Enable the API connection, then save.',
    user: 'Under Provisioning, enable provisioning with Create user, Update user and Delete user. Under Users, choose More Actions > Sync logins.',
    group:
      'Under Parameters > Groups, check Include in User Provisioning. Then choose More Actions > Reapply entitlement mappings.',
    membership: 'Assign the group to a user by a rule or by hand, then choose Reapply entitlement mappings.',
    disabled: 'Suspend the user in OneLogin, or remove the app, if removal is set to suspend.',
    deleted: 'Remove the app from the user, if removal is set to delete.',
  },
  pitfalls: [
    documented(
      oneloginGuide,
      'Nothing is provisioned until an administrator approves each action. Under Provisioning, clear the checkboxes of Require admin approval before this action is performed.',
    ),
    documented(
      oneloginGuide,
      'Many changes take effect only after More Actions > Reapply entitlement mappings.',
    ),
    documented(
      oneloginGuide,
      'OneLogin never deletes a group: delete it in AWS, after its provisioning has ended in OneLogin.',
    ),
    documented(
      oneloginGuide,
      'A group that is deleted in AWS first causes errors until its entitlement is refreshed: Provisioning > Entitlements > Refresh, then Reapply entitlement mappings.',
    ),
  ],
}

const pingfederateGuide = `${userGuide}/pingfederate-idp.html`

const pingfederate: SetupGuide = {
  place: 'Applications > SP Connections > your connection > Outbound Provisioning > Configure Provisioning',
  isCloud: false,
  urlField: 'SCIM URL',
  endsWithSlash: false,
  tokenField: 'Access Token',
  steps: {
    contact:
      'Install the AWS connector, set pf.provisioner.mode to a value other than OFF, and enter the SCIM URL without a slash at the end and the Access Token. Create a channel, and set its status to Active.',
    user: 'Name the group of users under Source Location. Map userName to an attribute with the form of an email address.',
    group: 'Name the group of groups under Source Location.',
    membership: 'Add a user to a provisioned group.',
  },
  pitfalls: [
    documented(
      pingfederateGuide,
      'An attribute that is emptied in the data store is not removed from the user in AWS.',
    ),
    documented(pingfederateGuide, 'Attributes that are marked with * must have a value for every user.'),
  ],
}

const pingoneGuide = `${userGuide}/pingone-idp.html`
const pingoneLimits =
  'https://docs.pingidentity.com/pingone/integrations/p1_scim_provisioning_limitations.html'

const pingone: SetupGuide = {
  place: 'Applications > AWS IAM Identity Center > User Provisioning',
  isCloud: true,
  urlField: 'SCIM URL',
  endsWithSlash: false,
  tokenField: 'ACCESS_TOKEN',
  steps: {
    contact: 'Enter the SCIM URL without a slash at the end and the ACCESS_TOKEN.',
    user: 'Under Group Access, choose the groups whose users are provisioned.',
    disabled: 'Remove the user from the groups, if REMOVE_ACTION is Disabled.',
    deleted: 'Remove the user from the groups, if REMOVE_ACTION is Deleted.',
  },
  pitfalls: [
    documented(
      pingoneGuide,
      'PingOne continues to send requests for a while after provisioning is turned off. To stop it at once, delete its token.',
    ),
    documented(pingoneGuide, 'An attribute that is emptied in PingOne is not removed from the user in AWS.'),
    documented(
      pingoneGuide,
      'Users with + in their address cannot sign in (SAML_215) until the Name ID format of SAML_SUBJECT is emailAddress.',
    ),
    documented(
      pingoneLimits,
      'PingOne can fill several email types with the same address, each as primary. AWS accepts one.',
    ),
    documented(
      pingoneGuide,
      'The AWS guide of 2020 knows no provisioning of groups. Newer versions of PingOne may offer it.',
    ),
  ],
}

const cyberarkGuide = `${userGuide}/cyberark-idp.html`

const cyberark: SetupGuide = {
  place: 'Apps > Web Apps > AWS IAM Identity Center > Provisioning',
  isCloud: true,
  urlField: 'SCIM Service URL',
  endsWithSlash: false,
  tokenField: 'Bearer Token',
  steps: {
    contact:
      'Enable provisioning in Live Mode. Enter the SCIM Service URL without a slash at the end. Choose Authorization Header and Bearer Token, enter the token, and choose Verify.',
    user: 'Under Role Mapping, map a role to a group. Its users are provisioned.',
    group: 'Role Mapping decides which groups exist: each role has a destination group.',
    membership: 'Add a user to the role.',
    disabled: 'Remove the user from the role, if the deprovisioning option is to disable.',
    deleted: 'Remove the user from the role, if the deprovisioning option is to delete.',
  },
  pitfalls: [
    documented(
      cyberarkGuide,
      'A renamed destination group becomes a new group. The old one remains in AWS, without members.',
    ),
    documented(cyberarkGuide, 'The provisioning script works in its default state only.'),
    documented(
      cyberarkGuide,
      'Sync Options decide whether existing users with the same name are overwritten, and whether removed users are disabled or deleted.',
    ),
    observed(
      'https://github.com/lichti/aws-iam-scim-problem',
      'To empty a group, CyberArk replaces its members with an empty list. AWS returned 204 and kept the members in 2024.',
    ),
  ],
}

const authentikCode = 'https://github.com/goauthentik/authentik/tree/main/authentik/providers/scim/clients'

const authentik: SetupGuide = {
  place: 'Applications > Providers > your SCIM provider',
  isCloud: false,
  urlField: 'URL',
  endsWithSlash: false,
  tokenField: 'Token',
  steps: {
    contact:
      'Create a SCIM provider with the URL and the token, and add it to the application as backchannel provider.',
    'test-connection': 'Start a sync of the provider. authentik reads ServiceProviderConfig first.',
    user: 'Bind the user to the application, or choose a filter group.',
    group: 'Create a group. All groups are provisioned.',
    membership: 'Add a user to the group.',
  },
  pitfalls: [
    observed(
      'https://github.com/goauthentik/authentik/issues/4554',
      'The default mapping sends the user name. AWS needs an email address as userName: change the SCIM mapping and the NameID of the SAML provider.',
    ),
    observed(
      'https://github.com/goauthentik/authentik/issues/20410',
      'The compatibility mode AWS replaced groups by PUT (2025.12), the default mode by one operation without a path. AWS accepts neither.',
    ),
    observed(
      'https://github.com/goauthentik/authentik/issues/23005',
      'authentik reads the members of a group to find those to remove. AWS never returns them, so authentik removes no members.',
    ),
    observed(
      authentikCode,
      'The search for an existing user has no quotes around the user name. AWS rejects it, so an existing user is not found.',
    ),
  ],
}

const keycloakCode = 'https://github.com/mitodl/keycloak-scim'

const keycloak: SetupGuide = {
  place: 'User federation > scim (plug-in mitodl/keycloak-scim)',
  isCloud: false,
  urlField: 'SCIM 2.0 endpoint',
  endsWithSlash: true,
  tokenField: 'Bearer token',
  steps: {
    contact:
      'Add the event listener scim to the realm. Add a SCIM provider under User federation: the endpoint with a slash at the end, the auth mode BEARER and the token.',
    user: 'Create a user, or synchronize all users. The user name must be an email address.',
    group: 'Create a group, if propagation-group is on. Its later changes fail at AWS.',
    deleted: 'Delete the user.',
  },
  pitfalls: [
    observed(
      keycloakCode,
      'Without a slash at the end of the endpoint, the plug-in requests /scim/v2Users and /scim/v2Groups.',
    ),
    observed(
      'https://github.com/mitodl/keycloak-scim/issues/73',
      'Groups are replaced by PUT, or all their members with group-patchOp. AWS accepts neither, so memberships are not provisioned.',
    ),
    observed(
      'https://github.com/suvera/keycloak-scim2-storage/issues/3',
      'The IDs of federated users contain colons (f:…). AWS rejected them as externalId in 2022; its current pattern allows them.',
    ),
    documented(
      `${userGuide}/troubleshooting.html`,
      'AWS compares the NameID with userName: turn on Email as username in the realm.',
    ),
  ],
}

const pocketIdCode = 'https://github.com/pocket-id/pocket-id'

const pocketId: SetupGuide = {
  place: 'OIDC Clients > your client > SCIM Provisioning',
  isCloud: false,
  urlField: 'SCIM endpoint',
  endsWithSlash: false,
  tokenField: 'SCIM token',
  steps: {
    contact: 'Enter the SCIM endpoint and the SCIM token.',
    'test-connection': 'Start a sync. Pocket ID lists all users and groups, with a count of 1000.',
    user: 'Allow a user group to use the client. Its users are provisioned.',
    group:
      'Groups are created with the sync. AWS rejects their later changes, because Pocket ID replaces groups by PUT.',
    deleted: 'Remove the user from the allowed groups.',
  },
  pitfalls: [
    observed(
      pocketIdCode,
      'Pocket ID deletes all users and groups that are not its own, including those that another client or an administrator created.',
    ),
    observed(
      'https://github.com/pocket-id/pocket-id/issues/1353',
      'It sends the user name as userName, without a mapping. AWS needs an email address there.',
    ),
    inferred(
      pocketIdCode,
      'AWS returns 100 users per list, so with more users Pocket ID does not see all of them and fails to create them again.',
    ),
  ],
}

const ssosyncCode = 'https://github.com/awslabs/ssosync'

const ssosync: SetupGuide = {
  place: 'Environment variables or parameters of the Lambda function',
  isCloud: false,
  urlField: 'SCIM endpoint',
  endsWithSlash: false,
  tokenField: 'SCIM access token',
  steps: {
    contact:
      'Set the SCIM endpoint, its access token and the identity store ID. ssosync also reads the Identity Store API: set AWS_ENDPOINT_URL to the AWS APIs of this server.',
    user: 'Run ssosync. Users of the chosen Google groups are created.',
    group: 'Groups are created in the same run.',
    membership: 'Memberships are written at the end of the run.',
    disabled: 'Suspend the user in Google.',
    deleted: 'Delete the user in Google.',
  },
  pitfalls: [
    observed(
      ssosyncCode,
      'ssosync deletes users and groups that Google does not have, including those of AWS Control Tower, unless they are excluded. Release 2.8.0 can retain them.',
    ),
    observed(
      ssosyncCode,
      'Releases differ in how they match users: up to 2.4 by email address, 2.5 and 2.6 by externalId and then by address. Since September 2026 a user whose externalId differs is deleted and created again, with a new ID: account assignments of the old one no longer apply.',
    ),
  ],
}

const idpScimSync: SetupGuide = {
  place: 'Environment variables, flags, or .idpscim.yaml',
  isCloud: false,
  urlField: 'IDPSCIM_AWS_SCIM_ENDPOINT',
  endsWithSlash: false,
  tokenField: 'IDPSCIM_AWS_SCIM_ACCESS_TOKEN',
  steps: {
    contact: 'Set the two variables and those of Google Workspace, then run idpscim.',
    user: 'Users are derived from the groups that the filter selects.',
    group: 'Groups are created in the same run.',
    membership: 'Memberships are written at the end of the run, 100 per request.',
    deleted: 'Remove the user from all selected groups.',
  },
  pitfalls: [
    observed(
      'https://github.com/slashdevops/idp-scim-sync/issues/42',
      'A run compares Google with the state file in S3, not with AWS. Delete the state file after changes at AWS, and when the endpoint changes.',
    ),
  ],
}

export const setupGuides: Readonly<Record<Exclude<ProvisioningClient, 'entra'>, SetupGuide>> = {
  okta,
  google,
  jumpcloud,
  onelogin,
  pingfederate,
  pingone,
  cyberark,
  authentik,
  keycloak,
  'pocket-id': pocketId,
  ssosync,
  'idp-scim-sync': idpScimSync,
}
