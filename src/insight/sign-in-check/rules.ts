import { sources, userGuide } from '../../profiles/aws/sources.ts'
import type { Statement } from '../../profiles/profile.ts'

export const identityProviders = {
  entra: 'Microsoft Entra ID',
  okta: 'Okta',
  google: 'Google Workspace',
  authentik: 'authentik',
  keycloak: 'Keycloak',
  ping: 'PingOne',
} as const

export type IdentityProvider = keyof typeof identityProviders

/** `error`: no sign-in. `warning`: the sign-in or the access may fail. `note`: worth knowing. */
export type SignInSeverity = 'error' | 'warning' | 'note'

export type SignInRule = Statement & {
  readonly checks: 'response' | 'directory' | 'nothing'
  readonly severity: SignInSeverity
  readonly remedy: string
  readonly settings?: Partial<Readonly<Record<IdentityProvider, string>>>
}

const entraClaims = 'Single sign-on > Attributes & Claims > Unique User Identifier (Name ID)'

const ruleSources = {
  ...sources,
  otherProviders: `${userGuide}/other-idps.html`,
  certificates: `${userGuide}/managesamlcerts.html`,
  accessControl: `${userGuide}/attributesforaccesscontrol.html`,
  regions: `${userGuide}/multi-region-workforce-access.html`,
  externalProviders: `${userGuide}/manage-your-identity-source-idp.html`,
  deletedUsers: `${userGuide}/users-groups-provisioning.html#user-deletion`,
  samlCore: 'https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf',
  samlProfiles: 'https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf',
  authentik: 'https://github.com/goauthentik/authentik/issues/4554',
  guests: 'https://learn.microsoft.com/entra/external-id/user-properties',
} as const

const sameName: SignInRule['settings'] = {
  entra: `${entraClaims}: source attribute user.userprincipalname. Provisioning > Attribute mapping: map userPrincipalName to userName.`,
  okta: 'Application > Sign On > Credentials Details: the Application username format is Okta username or Email, and provisioning sends the same value as userName.',
  google:
    'Web and mobile apps > Amazon Web Services > SAML attribute mapping: Name ID is Basic Information > Primary email; autoprovisioning maps Primary email to userName.',
  authentik:
    'The NameID property mapping of the SAML provider and the user mapping of the SCIM provider return the same attribute.',
  keycloak: 'Users: username equals the email address. Client > NameID format: email.',
}

export const signInRules = [
  {
    id: 'SI-001',
    description:
      'The assertion has a `NameID` with the format `urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress`.',
    source: ruleSources.otherProviders,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy: 'Set the format of the NameID to email address.',
    settings: {
      entra: `${entraClaims} > Choose name identifier format: Email address.`,
      okta: 'Application > Sign On > SAML settings: Name ID format EmailAddress.',
      google: 'Web and mobile apps > Amazon Web Services > Service provider details: Name ID format EMAIL.',
      keycloak: 'Client > Settings > SAML capabilities: Name ID format email, Force name ID format on.',
      ping: 'Application > Configuration: Subject NameID Format urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress.',
    },
  },
  {
    id: 'SI-002',
    description: 'The text of the `NameID` is an email address as RFC 2822 defines it.',
    source: ruleSources.otherProviders,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy: 'Send an email address as NameID, without white space, comments or elements.',
    settings: sameName,
  },
  {
    id: 'SI-003',
    description:
      'The `NameID` equals the `userName` of a user exactly. The email addresses of users are not compared.',
    source: ruleSources.pocketId,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy: 'Send the same attribute as NameID that provisioning sends as userName.',
    settings: sameName,
  },
  {
    id: 'SI-004',
    description: 'A sign-in never creates a user: provisioning creates users, or an administrator.',
    source: ruleSources.externalProviders,
    basis: 'documented',
    checks: 'nothing',
    severity: 'note',
    remedy: 'Provision the user before the first sign-in.',
  },
  {
    id: 'SI-005',
    description: 'The user is enabled.',
    source: ruleSources.disabling,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy: 'Enable the user in the identity provider, assign the application, and provision the user again.',
  },
  {
    id: 'SI-006',
    description: 'The response contains exactly one assertion.',
    source: ruleSources.otherProviders,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy:
      'Configure the identity provider to send one assertion. A response with an error status has none.',
  },
  {
    id: 'SI-007',
    description: 'The assertion is not encrypted: AWS has no key to decrypt it.',
    source: ruleSources.otherProviders,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy: 'Turn off the encryption of assertions for the application.',
    settings: {
      entra: 'Security > Token encryption: deactivate the certificate.',
      okta: 'Application > General > SAML settings: Assertion Encryption Unencrypted.',
      keycloak: 'Client > Keys > Encryption keys config: Encrypt assertions off.',
    },
  },
  {
    id: 'SI-008',
    description:
      'The response or the assertion is signed with a certificate of the identity provider’s metadata, and AWS reads only what is signed.',
    source: ruleSources.externalProviders,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy:
      'Import the current metadata of the identity provider in IAM Identity Center, and sign the response or the assertion.',
    settings: {
      entra:
        'Single sign-on > SAML certificates: Signing Option Sign SAML response and assertion; download the Federation Metadata XML again.',
    },
  },
  {
    id: 'SI-009',
    description:
      'The signing certificate is valid at this time. Several certificates can be imported at once; AWS marks one that expires within 90 days yellow, and an expired one red.',
    source: ruleSources.certificates,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy: 'Create a new signing certificate, import it in IAM Identity Center, then activate it.',
  },
  {
    id: 'SI-010',
    description: 'The issuer of the assertion is the entity ID of the identity provider.',
    source: ruleSources.samlCore,
    basis: 'inferred',
    checks: 'response',
    severity: 'error',
    remedy: 'Import the metadata of the identity provider, or of the application, that issues the assertion.',
  },
  {
    id: 'SI-011',
    description: 'The audience is the issuer URL of the IAM Identity Center instance.',
    source: ruleSources.samlCore,
    basis: 'inferred',
    checks: 'response',
    severity: 'error',
    remedy:
      'Set the audience of the application to the IAM Identity Center issuer URL (Settings > Identity source > Manage authentication).',
    settings: { entra: 'Single sign-on > Basic SAML Configuration: Identifier (Entity ID).' },
  },
  {
    id: 'SI-012',
    description:
      '`Recipient` and `Destination` equal the ACS URL exactly: `https://<region>.signin.aws/platform/saml/acs/<id>`, its dual-stack form below `sso.signin.aws`, or, for older instances, the form below `signin.aws.amazon.com`. Each added Region has its own URLs.',
    source: ruleSources.regions,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy:
      'Set the reply URL of the application to the IAM Identity Center ACS URL (Settings > Identity source > Manage authentication).',
    settings: {
      entra: 'Single sign-on > Basic SAML Configuration: Reply URL (Assertion Consumer Service URL).',
    },
  },
  {
    id: 'SI-013',
    description:
      'The assertion is valid at this time: `NotBefore` and `NotOnOrAfter` of the conditions, and `NotOnOrAfter` of the subject confirmation. A clock skew of 5 minutes is tolerated.',
    source: ruleSources.samlProfiles,
    basis: 'inferred',
    checks: 'response',
    severity: 'error',
    remedy:
      'Capture a response of a current sign-in, and synchronize the clock of the identity provider. The time of the check is the tenant’s clock.',
  },
  {
    id: 'SI-014',
    description:
      'Attributes for access control, named `https://aws.amazon.com/SAML/Attributes/AccessControl:<key>`, number at most 50. Each occurs once, has one value without XML elements, and a name format of SAML. A mapping in IAM Identity Center takes precedence over the assertion.',
    source: ruleSources.accessControl,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy: 'Send one attribute with one plain value for each key.',
  },
  {
    id: 'SI-015',
    description:
      'The metadata of the identity provider has at most 75,000 characters, with the entity ID, a signing certificate of at most 2,500 characters and a sign-in URL. AWS signs no requests.',
    source: ruleSources.otherProviders,
    basis: 'documented',
    checks: 'response',
    severity: 'error',
    remedy:
      'Export the metadata of the application instead of the metadata of the whole identity provider, turn off the requirement of signed requests, and use a certificate with a shorter key or fewer extensions if it is too long.',
  },
  {
    id: 'SI-016',
    description:
      'CloudTrail records a sign-in as `ExternalIdPDirectoryLogin`. Users see “Looks like this code isn’t right” if the `userName` differs from the NameID, and “Invalid MFA credentials” if they sign in before provisioning has finished; AWS documents the causes of no other page.',
    source: ruleSources.troubleshooting,
    basis: 'documented',
    checks: 'nothing',
    severity: 'note',
    remedy: 'Filter the event history of CloudTrail by this event name.',
  },
  {
    id: 'SI-017',
    description:
      'PingOne rejects a sign-in of a user with `+` in the address (`SAML_215`, “Invalid input”) unless the NameID format is emailAddress.',
    source: ruleSources.troubleshooting,
    basis: 'documented',
    checks: 'response',
    severity: 'warning',
    remedy: 'Set the format of the NameID to email address.',
    settings: {
      ping: 'Application > Configuration: Subject NameID Format urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress.',
    },
  },
  {
    id: 'SI-018',
    description:
      'A SAML assertion has at most 50,000 characters. AWS lists this among the quotas of applications, and does not say whether it applies to assertions of the identity provider.',
    source: ruleSources.quotas,
    basis: 'documented',
    checks: 'nothing',
    severity: 'note',
    remedy: 'Send fewer attributes.',
  },
  {
    id: 'SI-030',
    description: 'The `userName` is an email address, since the NameID has to be one and to equal it.',
    source: ruleSources.otherProviders,
    basis: 'documented',
    checks: 'directory',
    severity: 'error',
    remedy: 'Provision an email address as userName, and send the same as NameID.',
    settings: sameName,
  },
  {
    id: 'SI-031',
    description: 'The user exists and is enabled.',
    source: ruleSources.disabling,
    basis: 'documented',
    checks: 'directory',
    severity: 'error',
    remedy:
      'Assign the application to the user in the identity provider, enable the user, and provision again.',
  },
  {
    id: 'SI-032',
    description:
      'The `userName` does not contain `#EXT#`, as the user principal names of guests in Entra ID do: the NameID of a guest usually differs from it.',
    source: ruleSources.guests,
    basis: 'observed',
    checks: 'directory',
    severity: 'warning',
    remedy: 'Provision the email address of guests as userName, and send it as NameID.',
    settings: {
      entra: `Provisioning > Attribute mapping: map mail to userName for guests. ${entraClaims} > Claim conditions: user.mail for external guests.`,
    },
  },
  {
    id: 'SI-033',
    description:
      'If the `userName` differs from the primary email address, the identity provider sends the `userName` as NameID, not the address.',
    source: ruleSources.authentik,
    basis: 'observed',
    checks: 'directory',
    severity: 'note',
    remedy: 'Compare the NameID that the identity provider sends with the userName.',
    settings: sameName,
  },
  {
    id: 'SI-034',
    description:
      'The user was not created again under a new ID: sign-in works, but account assignments and group memberships of the old ID do not apply.',
    source: ruleSources.deletedUsers,
    basis: 'documented',
    checks: 'directory',
    severity: 'warning',
    remedy:
      'Assign accounts to groups, check the groups of the new user, and keep users in scope: disable them instead of deleting them.',
  },
  {
    id: 'SI-035',
    description:
      'The user is a member of a group or has an account assignment: without either, the access portal is empty.',
    source: ruleSources.externalProviders,
    basis: 'inferred',
    checks: 'directory',
    severity: 'note',
    remedy: 'Assign the user to a group that is provisioned, and accounts to the group.',
  },
] as const satisfies readonly SignInRule[]

export type SignInRuleId = (typeof signInRules)[number]['id']

const rulesById: ReadonlyMap<string, SignInRule> = new Map(signInRules.map(rule => [rule.id, rule]))

export function getRule(id: SignInRuleId): SignInRule {
  const rule = rulesById.get(id)
  if (!rule) throw new Error(`There is no rule ${id}.`)
  return rule
}
