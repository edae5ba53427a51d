import { shortList } from '../../journal/patch-description.ts'
import {
  findingSources,
  inGroupMapping,
  inScope,
  inSignOn,
  inUserMapping,
  withFlag,
} from '../../profiles/entra-pages.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { resolveAttribute } from '../../scim/attribute.ts'
import { excerpt } from '../../scim/error.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import {
  type DiagnosisRule,
  type DiagnosisSubject,
  isEmptyValue,
  isGuid,
  isUser,
  textAt,
  valuesAt,
} from './subject.ts'

const isMissing = (subject: DiagnosisSubject, path: string) =>
  subject.isFullResource && valuesAt(subject, path).length === 0

const subjectNoun = (subject: DiagnosisSubject) => (isUser(subject) ? 'The user' : 'The group')

/** What is missing, or odd, of what tells one identity from another. */
export const identityRules: readonly DiagnosisRule[] = [
  {
    id: 'client/no-external-id',
    severity: 'warning',
    title: 'No externalId',
    reason:
      'Without an externalId nothing but the name ties the record to the object in the directory. Once somebody is renamed there, or recreated, the two can’t be told to be the same.',
    remedy: `${inUserMapping('add externalId with the source attribute objectId.')} For groups: Provision Microsoft Entra ID Groups, the same.`,
    source: findingSources.mappings,
    basis: 'inferred',
    detect: subject =>
      isMissing(subject, 'externalId') ? `${subjectNoun(subject)} comes without an externalId.` : undefined,
  },
  {
    id: 'client/mail-nickname-as-external-id',
    severity: 'warning',
    title: 'The externalId is made of a name',
    reason:
      'Entra maps mailNickname to externalId unless it is told otherwise. A nickname changes with the name and may be given to somebody else later; the objectId stays what it is.',
    remedy: inUserMapping('externalId: take objectId for the source attribute instead of mailNickname.'),
    source: findingSources.tutorial,
    basis: 'documented',
    detect: subject => {
      const id = textAt(subject, 'externalId')
      return isUser(subject) && id !== undefined && isDerivedFromName(id, subject)
        ? `The externalId is "${excerpt(id)}", which is made of the name and no object id.`
        : undefined
    },
  },
  {
    id: 'client/no-user-name',
    severity: 'warning',
    title: 'No userName',
    reason:
      'A user can’t be created without one: it is what people sign in with, and what they are found by.',
    remedy: inUserMapping('map userPrincipalName to userName, with matching precedence 1.'),
    source: findingSources.tutorial,
    basis: 'documented',
    detect: subject =>
      isUser(subject) && isMissing(subject, 'userName') ? 'The user comes without a userName.' : undefined,
  },
  {
    id: 'client/guest-user-name',
    severity: 'warning',
    title: 'A guest’s #EXT# name as userName',
    reason:
      'Guests don’t know this name, and the SAML NameID may be another one: AWS finds a user by a NameID that equals the userName exactly, so that the guest can’t sign in. Entra removes #EXT# where userPrincipalName is mapped; here another attribute is.',
    remedy: `${inUserMapping('userName: use userPrincipalName as the source attribute instead of originalUserPrincipalName, or mail.')} ${inSignOn('let Unique User Identifier (Name ID) be the same for guests.')}`,
    source: findingSources.howItWorks,
    basis: 'documented',
    detect: subject => {
      const name = isUser(subject) ? textAt(subject, 'userName') : undefined
      return name && /#EXT#/i.test(name) ? `The userName is "${excerpt(name)}".` : undefined
    },
  },
  {
    id: 'client/no-given-name',
    severity: 'warning',
    title: 'No given name',
    reason: 'AWS takes no user without name.givenName.',
    remedy: inUserMapping(
      'name.givenName: IIF(IsPresent([givenName]), [givenName], "-"), or fill the first name of these users in.',
    ),
    source: findingSources.aws,
    basis: 'documented',
    detect: subject =>
      isUser(subject) && isMissing(subject, 'name.givenName')
        ? 'The user comes without a name.givenName.'
        : undefined,
  },
  {
    id: 'client/no-family-name',
    severity: 'warning',
    title: 'No family name',
    reason: 'AWS takes no user without name.familyName.',
    remedy: inUserMapping(
      'name.familyName: IIF(IsPresent([surname]), [surname], "-"), or fill the last name of these users in.',
    ),
    source: findingSources.aws,
    basis: 'documented',
    detect: subject =>
      isUser(subject) && isMissing(subject, 'name.familyName')
        ? 'The user comes without a name.familyName.'
        : undefined,
  },
  {
    id: 'client/no-display-name',
    severity: 'warning',
    title: 'No displayName',
    reason: 'AWS takes neither users nor groups without a displayName.',
    remedy: `${inUserMapping('map displayName to displayName.')} For groups: ${inGroupMapping('the same, with matching precedence 1.')}`,
    source: findingSources.aws,
    basis: 'documented',
    detect: subject =>
      isMissing(subject, 'displayName') ? `${subjectNoun(subject)} comes without a displayName.` : undefined,
  },
]

/** A nickname is what stands before the `@`, or has one of the names in it. */
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

/** The ids of other resources that a request writes. */
export const referencedIds = (subject: DiagnosisSubject): readonly string[] => [
  ...new Set([membersPath, managerPath].flatMap(path => idsAt(subject, path))),
]

const idsAt = (subject: DiagnosisSubject, path: string) =>
  valuesAt(subject, path).filter(value => typeof value === 'string')

const unresolvedAt = (subject: DiagnosisSubject, path: string): readonly string[] => [
  ...new Set(idsAt(subject, path).filter(id => subject.unresolvedIds?.has(id))),
]

const quoteIds = (ids: readonly string[]) => shortList(ids.map(id => `"${excerpt(id)}"`))

/** Ids that name nobody. */
export const referenceRules: readonly DiagnosisRule[] = [
  {
    id: 'client/unresolved-member',
    severity: 'warning',
    title: 'A member who isn’t there',
    reason:
      'The group has the id of somebody who isn’t in the target: AWS refuses such a request, other servers keep an id that leads nowhere.',
    remedy: inScope(
      'see that the member is in scope and was created without an error, then restart provisioning.',
    ),
    source: findingSources.knownIssues,
    basis: 'inferred',
    detect: subject => {
      const ids = unresolvedAt(subject, membersPath)
      return ids.length === 0 ? undefined : `Nobody has the id ${quoteIds(ids)}.`
    },
  },
  {
    id: 'client/unresolved-manager',
    severity: 'warning',
    title: 'A manager who isn’t there',
    reason: 'The manager’s id is nobody’s in the target: a reference that leads nowhere.',
    remedy: inScope(
      'see that the manager is in scope too, then restart provisioning; or delete the mapping to manager.',
    ),
    source: findingSources.knownIssues,
    basis: 'documented',
    detect: subject => {
      const ids = unresolvedAt(subject, managerPath)
      return ids.length === 0 ? undefined : `Nobody has the id ${quoteIds(ids)}.`
    },
  },
]

/** A PATCH may well write the same address twice. */
const emailValues = (subject: DiagnosisSubject): readonly string[] => {
  const emails = valuesAt(subject, 'emails.value').map(String)
  return subject.isFullResource ? emails : [...new Set(emails)]
}

const awsTypes = loadProfile('aws').schema.resourceTypes

/** Attributes that are written and that AWS has nowhere to put. */
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

/** What the provider keeps or derives by itself isn't dropped but ignored, as the RFC has it. */
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

/** What is odd about the values that a client writes. */
export const valueRules: readonly DiagnosisRule[] = [
  {
    id: 'client/no-email',
    severity: 'note',
    title: 'No email address',
    reason:
      'AWS takes a user without one, but many an application behind it expects one, and by default Entra sends what stands in mail.',
    remedy: inUserMapping(
      'emails[type eq "work"].value: Coalesce([mail], [userPrincipalName]), or fill the mail of these users in.',
    ),
    source: findingSources.mappings,
    basis: 'inferred',
    detect: subject =>
      isUser(subject) && subject.isFullResource && emailValues(subject).length === 0
        ? 'The user comes without an email address.'
        : undefined,
  },
  {
    id: 'client/several-emails',
    severity: 'warning',
    title: 'Several email addresses',
    reason: 'AWS takes at most one email address of a user.',
    remedy: inUserMapping('keep emails[type eq "work"].value, and delete the mappings to other emails.'),
    source: findingSources.aws,
    basis: 'documented',
    detect: subject => {
      const count = isUser(subject) ? emailValues(subject).length : 0
      return count > 1 ? `The user comes with ${count} email addresses.` : undefined
    },
  },
  {
    id: 'client/active-as-text',
    severity: 'note',
    title: 'active is sent as text',
    reason:
      'By default Entra sends "True" and "False" where SCIM has true and false. AWS reads both; a server that keeps to the letter refuses the text.',
    remedy: `Nothing for AWS. Elsewhere: ${withFlag}`,
    source: findingSources.compatibility,
    basis: 'documented',
    detect: subject => {
      const text = valuesAt(subject, 'active').find(value => typeof value === 'string')
      return text === undefined ? undefined : `active is sent as the text "${excerpt(String(text))}".`
    },
  },
  {
    id: 'client/dropped-by-aws',
    severity: 'note',
    title: 'Attributes that AWS drops',
    reason: 'AWS has no place for them: it answers as if they weren’t there, and nothing of them is kept.',
    remedy: inUserMapping('delete the mappings to these attributes, or do without them on AWS.'),
    source: findingSources.aws,
    basis: 'documented',
    detect: subject => {
      const dropped = ignoredPaths(subject)
      return dropped.length === 0
        ? undefined
        : `AWS would drop ${shortList(dropped.map(path => excerpt(path, 60)))}.`
    },
  },
  {
    id: 'client/name-characters',
    severity: 'warning',
    title: 'Characters that AWS may reject in names',
    reason:
      'Microsoft says that AWS rejects < > ; : %, tabs and line breaks in names; the pattern that AWS publishes allows them.',
    remedy: `${inUserMapping('take the characters out, for example displayName: Replace([displayName], ":", , , "-").')} Or correct the names in the directory.`,
    source: findingSources.aws,
    basis: 'documented',
    detect: subject => {
      const unfit = invalidNames(subject)
      return unfit.length === 0
        ? undefined
        : `${unfit.join(', ')} ${unfit.length === 1 ? 'has' : 'have'} such a character.`
    },
  },
]
