import { sources } from '../../../profiles/aws/sources.ts'
import {
  findingSources,
  inGroupMapping,
  inScope,
  inSignOn,
  inUserMapping,
  withFlagElsewhere,
} from '../../../profiles/entra-pages.ts'
import { loadProfile } from '../../../profiles/registry.ts'
import { resolveAttribute } from '../../../scim/attribute.ts'
import { type ResourceType, typeByName } from '../../../scim/resource-types.ts'
import { excerpt, fold, shortList } from '../../../scim/text.ts'
import { isAddress, isGuestName } from '../../sign-in-check/user-name.ts'
import { isUpdateWithoutDisplayName } from './other-clients.ts'
import {
  type DiagnosisRule,
  type DiagnosisSubject,
  isEmptyValue,
  isGuid,
  isUser,
  textAt,
  valuesAt,
} from './subject.ts'

export const isMissing = (subject: DiagnosisSubject, path: string) =>
  subject.isFullResource && valuesAt(subject, path).length === 0

const subjectNoun = (subject: DiagnosisSubject) => (isUser(subject) ? 'The user' : 'The group')

export const identityRules: readonly DiagnosisRule[] = [
  {
    id: 'client/no-external-id',
    severity: 'warning',
    title: 'No externalId',
    reason:
      'Without an externalId only the name links the record to the object in the directory of the client. After a rename or a re-creation there, the two can no longer be matched.',
    reasons: {
      entra:
        'Without an externalId only the name links the record to the object in Entra. After a rename or a re-creation in Entra, the two can no longer be matched.',
    },
    remedy: 'Map an identifier of the object that never changes to externalId, for users and for groups.',
    remedies: {
      entra: `${inUserMapping('add externalId with the source attribute objectId.')} For groups: Provision Microsoft Entra ID Groups, the same.`,
    },
    source: findingSources.mappings,
    basis: 'inferred',
    detect: subject =>
      isMissing(subject, 'externalId') ? `${subjectNoun(subject)} has no externalId.` : undefined,
  },
  {
    id: 'client/mail-nickname-as-external-id',
    severity: 'warning',
    title: 'externalId is not a stable ID (mapped from mailNickname)',
    reason: 'A name changes, and another user may receive it later; an identifier never changes.',
    reasons: {
      entra:
        'Entra’s default mapping sets externalId from mailNickname. A nickname changes with the name, and another user may receive it later; the objectId never changes.',
    },
    remedy: 'Map an identifier that never changes to externalId, not a name.',
    remedies: {
      entra: inUserMapping('change the source attribute of externalId from mailNickname to objectId.'),
    },
    source: findingSources.tutorial,
    basis: 'documented',
    detect: subject => {
      const id = textAt(subject, 'externalId')
      return isUser(subject) && id !== undefined && isDerivedFromName(id, subject)
        ? `The externalId is "${excerpt(id)}", which is derived from the name; it is not an object ID.`
        : undefined
    },
  },
  {
    id: 'client/no-user-name',
    severity: 'error',
    title: 'No userName',
    reason: 'A user can’t be created without a userName: users sign in with it, and clients match by it.',
    reasons: {
      entra: 'A user can’t be created without a userName: users sign in with it, and Entra matches by it.',
    },
    remedy: 'Map the name with which the user signs in to userName.',
    remedies: { entra: inUserMapping('map userPrincipalName to userName, with matching precedence 1.') },
    source: findingSources.tutorial,
    basis: 'documented',
    detect: subject =>
      isUser(subject) && isMissing(subject, 'userName') ? 'The user has no userName.' : undefined,
  },
  {
    id: 'client/guest-user-name',
    severity: 'warning',
    title: 'Guest user name (#EXT#) as userName',
    reason:
      'Guests don’t know this name, and their SAML NameID may differ from it. AWS requires a NameID that equals the userName exactly, so the guest can’t sign in.',
    reasons: {
      entra:
        'Guests don’t know this name, and their SAML NameID may differ from it. AWS requires a NameID that equals the userName exactly, so the guest can’t sign in. Entra removes #EXT# if userPrincipalName is mapped; here another attribute is mapped.',
    },
    remedy: 'Map the guest’s email address to userName, and send the same value as NameID.',
    remedies: {
      entra: `${inUserMapping('change the source attribute of userName from originalUserPrincipalName to userPrincipalName or mail.')} ${inSignOn('set Unique User Identifier (Name ID) to the same attribute for guests.')}`,
    },
    source: findingSources.howItWorks,
    basis: 'documented',
    detect: subject => {
      const name = isUser(subject) ? textAt(subject, 'userName') : undefined
      return name && isGuestName(name) ? `The userName is "${excerpt(name)}".` : undefined
    },
  },
  {
    id: 'client/user-name-is-not-email',
    severity: 'note',
    title: 'The userName differs from the email address',
    reason:
      'AWS compares the SAML NameID with the userName only, not with the email address. The user can sign in if the identity provider sends the userName as NameID.',
    remedy:
      'Check that the identity provider sends the attribute that is mapped to userName as NameID, or map the email address to userName. The view “Can’t sign in” of the page Users lists all of these users.',
    remedies: {
      entra: `${inSignOn('check that Unique User Identifier (Name ID) is the attribute that is mapped to userName.')} Or map the email address to userName. The view “Can’t sign in” of the page Users lists all of these users.`,
    },
    source: sources.pocketId,
    basis: 'observed',
    detect: subject => {
      if (!isUser(subject) || !subject.isFullResource) return undefined
      const [name, email] = [textAt(subject, 'userName'), textAt(subject, 'emails.value')]
      if (name === undefined || email === undefined || !isAddress(name) || isGuestName(name)) return undefined
      return fold(name) === fold(email)
        ? undefined
        : `The userName is "${excerpt(name)}", and the email address "${excerpt(email)}".`
    },
  },
  {
    id: 'client/no-given-name',
    severity: 'error',
    title: 'No given name',
    reason: 'AWS rejects users without name.givenName.',
    remedy:
      'Map the first name to name.givenName. Where it is missing, enter it in the directory, or send a default, such as "-".',
    remedies: {
      entra: inUserMapping(
        'map name.givenName to IIF(IsPresent([givenName]), [givenName], "-"), or enter the first name of these users.',
      ),
    },
    source: findingSources.aws,
    basis: 'documented',
    detect: subject =>
      isUser(subject) && isMissing(subject, 'name.givenName') ? 'The user has no name.givenName.' : undefined,
  },
  {
    id: 'client/no-family-name',
    severity: 'error',
    title: 'No family name',
    reason: 'AWS rejects users without name.familyName.',
    remedy:
      'Map the last name to name.familyName. Where it is missing, enter it in the directory, or send a default, such as "-".',
    remedies: {
      entra: inUserMapping(
        'map name.familyName to IIF(IsPresent([surname]), [surname], "-"), or enter the last name of these users.',
      ),
    },
    source: findingSources.aws,
    basis: 'documented',
    detect: subject =>
      isUser(subject) && isMissing(subject, 'name.familyName')
        ? 'The user has no name.familyName.'
        : undefined,
  },
  {
    id: 'client/no-display-name',
    severity: 'error',
    title: 'No displayName',
    reason: 'AWS rejects users and groups without a displayName.',
    remedy: 'Map a name to displayName, for users and for groups.',
    remedies: {
      entra: `${inUserMapping('map displayName to displayName.')} For groups: ${inGroupMapping('the same, with matching precedence 1.')}`,
    },
    source: findingSources.aws,
    basis: 'documented',
    detect: subject =>
      isMissing(subject, 'displayName') && !isUpdateWithoutDisplayName(subject)
        ? `${subjectNoun(subject)} has no displayName.`
        : undefined,
  },
]

/** A nickname equals the part of an address in front of the `@`, or contains the given or family name. */
function isDerivedFromName(id: string, subject: DiagnosisSubject): boolean {
  if (isGuid(id) || id.includes('@')) return false
  const addresses = [
    subject.exchange.target?.label,
    ...['userName', 'emails.value'].flatMap(path => valuesAt(subject, path)),
  ].filter(text => typeof text === 'string')
  const names = ['name.givenName', 'name.familyName']
    .flatMap(path => valuesAt(subject, path))
    .filter(name => typeof name === 'string' && name.length > 2)
  const folded = id.toLowerCase()
  return (
    addresses.some(address => address.split('@')[0]?.toLowerCase() === folded) ||
    names.some(name => folded.includes(String(name).toLowerCase()))
  )
}

const membersPath = 'members.value'
const managerPath = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value'

export const referencedIds = (subject: DiagnosisSubject): readonly string[] => [
  ...new Set([membersPath, managerPath].flatMap(path => idsAt(subject, path))),
]

const idsAt = (subject: DiagnosisSubject, path: string) =>
  valuesAt(subject, path).filter(value => typeof value === 'string')

const unresolvedAt = (subject: DiagnosisSubject, path: string): readonly string[] => [
  ...new Set(idsAt(subject, path).filter(id => subject.unresolvedIds?.has(id))),
]

const quoteIds = (ids: readonly string[]) => shortList(ids.map(id => `"${excerpt(id)}"`))

export const referenceRules: readonly DiagnosisRule[] = [
  {
    id: 'client/unresolved-member',
    severity: 'warning',
    title: 'Unknown member',
    reason:
      'The group refers to an ID that doesn’t exist in the target. AWS rejects such a request; other servers store a dangling reference.',
    remedy:
      'Check that the member is provisioned and was created without an error, then send the membership again.',
    remedies: {
      entra: inScope(
        'check that the member is in scope and was created without an error, then restart provisioning.',
      ),
    },
    source: findingSources.knownIssues,
    basis: 'inferred',
    detect: subject => {
      const ids = unresolvedAt(subject, membersPath)
      return ids.length === 0 ? undefined : `No resource has the ID ${quoteIds(ids)}.`
    },
  },
  {
    id: 'client/unresolved-manager',
    severity: 'warning',
    title: 'Unknown manager',
    reason: 'The manager’s ID doesn’t exist in the target: the reference is dangling.',
    remedy:
      'Check that the manager is provisioned too, then send the user again; or delete the mapping to manager.',
    remedies: {
      entra: inScope(
        'check that the manager is in scope too, then restart provisioning; or delete the mapping to manager.',
      ),
    },
    source: findingSources.knownIssues,
    basis: 'documented',
    detect: subject => {
      const ids = unresolvedAt(subject, managerPath)
      return ids.length === 0 ? undefined : `No resource has the ID ${quoteIds(ids)}.`
    },
  },
]

/** A PATCH may write the same address twice. */
const emailValues = (subject: DiagnosisSubject): readonly string[] => {
  const emails = valuesAt(subject, 'emails.value').map(String)
  return subject.isFullResource ? emails : [...new Set(emails)]
}

/** Whether AWS, by the tenant's switches, rejects the request because it lacks the attribute: then its rule is the finding. */
const isRequiredByAws = ({ aws }: DiagnosisSubject, path: string): boolean =>
  aws?.rules.some(({ attributes = [] }) =>
    attributes.some(one => one.path === path && one.kind === 'missing'),
  ) === true

const awsTypes = loadProfile('aws').schema.resourceTypes

const ignoredPaths = ({ type, writtenValues }: DiagnosisSubject): readonly string[] => {
  const awsType = type && typeByName(awsTypes, type.name)
  if (!awsType) return []
  const paths = writtenValues.filter(({ value }) => !isEmptyValue(value)).map(({ path }) => path)
  return [...new Set(paths)].filter(
    path =>
      resolveAttribute(awsType, path) === undefined &&
      !isSetByProvider(type, path) &&
      path !== pathRejectedByAws,
  )
}

/** Other sub-attributes of this name are dropped. */
const pathRejectedByAws = 'roles.display'

/** Attributes that the provider sets itself are ignored (RFC 7644 §3.3), not dropped. */
const isSetByProvider = (type: ResourceType, path: string): boolean => {
  const known = resolveAttribute(type, path)
  return (
    known?.some(({ mutability, derived }) => mutability === 'readOnly' || derived !== undefined) === true ||
    /^(schemas|id|meta)($|[.:])/i.test(path)
  )
}

const namePaths = ['userName', 'displayName', 'name.givenName', 'name.familyName', 'name.formatted']

const invalidNames = (subject: DiagnosisSubject): readonly string[] =>
  namePaths.filter(path =>
    valuesAt(subject, path).some(value => typeof value === 'string' && /[<>;:%\t\n\r]/.test(value)),
  )

export const valueRules: readonly DiagnosisRule[] = [
  {
    id: 'client/no-email',
    severity: 'note',
    title: 'No email address',
    reason: 'AWS accepts users without an email address, but many applications behind it require one.',
    reasons: {
      entra:
        'AWS accepts users without an email address, but many applications behind it require one. By default Entra sends the attribute mail.',
    },
    remedy: 'Map the email address to emails, or enter these users’ email addresses.',
    remedies: {
      entra: inUserMapping(
        'map emails[type eq "work"].value to Coalesce([mail], [userPrincipalName]), or enter these users’ email addresses.',
      ),
    },
    source: findingSources.mappings,
    basis: 'inferred',
    detect: subject =>
      isUser(subject) &&
      subject.isFullResource &&
      emailValues(subject).length === 0 &&
      !isRequiredByAws(subject, 'emails')
        ? 'The user has no email address.'
        : undefined,
  },
  {
    id: 'client/several-emails',
    severity: 'warning',
    title: 'Several email addresses',
    reason: 'AWS accepts at most one email address per user.',
    remedy: 'Send one email address: delete the mappings to the others.',
    remedies: {
      entra: inUserMapping('keep emails[type eq "work"].value, and delete the mappings to other emails.'),
    },
    source: findingSources.aws,
    basis: 'documented',
    detect: subject => {
      const count = isUser(subject) ? emailValues(subject).length : 0
      return count > 1 ? `The user has ${count} email addresses.` : undefined
    },
  },
  {
    id: 'client/active-as-text',
    severity: 'note',
    title: 'active is sent as a string',
    reason:
      'The strings "True" and "False" are sent instead of the booleans true and false. AWS accepts both; a strict server rejects the strings.',
    reasons: {
      entra:
        'By default Entra sends "True" and "False" instead of the booleans true and false. AWS accepts both; a strict server rejects the strings.',
    },
    remedy: 'Not needed for AWS. For other targets: send true and false as booleans.',
    remedies: { entra: withFlagElsewhere },
    source: findingSources.compatibility,
    basis: 'documented',
    detect: subject => {
      const text = valuesAt(subject, 'active').find(value => typeof value === 'string')
      return text === undefined ? undefined : `active is sent as the string "${excerpt(String(text))}".`
    },
  },
  {
    id: 'client/dropped-by-aws',
    severity: 'note',
    title: 'Attributes that AWS ignores',
    reason:
      'AWS doesn’t support these attributes: it responds as if they hadn’t been sent, and stores nothing.',
    remedy: 'Delete the mappings to these attributes, or accept that AWS doesn’t store them.',
    remedies: {
      entra: inUserMapping('delete the mappings to these attributes, or accept that AWS doesn’t store them.'),
    },
    source: findingSources.aws,
    basis: 'documented',
    detect: subject => {
      const dropped = ignoredPaths(subject)
      return dropped.length === 0
        ? undefined
        : `AWS ignores ${shortList(dropped.map(path => excerpt(path, 60)))}.`
    },
  },
  {
    id: 'client/name-characters',
    severity: 'warning',
    title: 'Characters that AWS may reject in names',
    reason:
      'According to Microsoft, AWS rejects < > ; : %, tabs and line breaks in names; the pattern that AWS publishes allows them.',
    remedy:
      'Replace the characters in the attribute mapping of the client, or correct the names in the directory.',
    remedies: {
      entra: `${inUserMapping('remove the characters, for example displayName: Replace([displayName], ":", , , "-").')} Or correct the names in the directory.`,
    },
    source: findingSources.aws,
    basis: 'documented',
    detect: subject => {
      const unfit = invalidNames(subject)
      return unfit.length === 0
        ? undefined
        : `${unfit.join(', ')} ${unfit.length === 1 ? 'contains' : 'contain'} such a character.`
    },
  },
]
