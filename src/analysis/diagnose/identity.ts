import { shown } from '../../scim/error.ts'
import { type Diagnosis, isUser, type Subject, textAt, valuesAt } from './diagnosis.ts'
import { inGroupMapping, inSignOn, inUserMapping, sources } from './entra-pages.ts'
import { isGuid } from './look-up.ts'

const lacks = (subject: Subject, path: string) => subject.describes && valuesAt(subject, path).length === 0

const isMade = (subject: Subject) => (isUser(subject) ? 'The user' : 'The group')

/** What is missing, or odd, of what tells one identity from another. */
export const identityDiagnoses: readonly Diagnosis[] = [
  {
    id: 'client/no-external-id',
    severity: 'warning',
    title: 'No externalId',
    reason:
      'Without an externalId nothing but the name ties the record to the object in the directory. Once somebody is renamed there, or recreated, the two can’t be told to be the same.',
    mend: `${inUserMapping('add externalId with the source attribute objectId.')} For groups: Provision Microsoft Entra ID Groups, the same.`,
    source: sources.mappings,
    basis: 'inferred',
    seenIn: subject =>
      lacks(subject, 'externalId') ? `${isMade(subject)} comes without an externalId.` : undefined,
  },
  {
    id: 'client/mail-nickname-as-external-id',
    severity: 'warning',
    title: 'The externalId is made of a name',
    reason:
      'Entra maps mailNickname to externalId unless it is told otherwise. A nickname changes with the name and may be given to somebody else later; the objectId stays what it is.',
    mend: inUserMapping('externalId: take objectId for the source attribute instead of mailNickname.'),
    source: sources.tutorial,
    basis: 'documented',
    seenIn: subject => {
      const id = textAt(subject, 'externalId')
      return isUser(subject) && id !== undefined && isNickname(id, subject)
        ? `The externalId is "${shown(id)}", which is made of the name and no object id.`
        : undefined
    },
  },
  {
    id: 'client/no-user-name',
    severity: 'warning',
    title: 'No userName',
    reason:
      'A user can’t be created without one: it is what people sign in with, and what they are found by.',
    mend: inUserMapping('map userPrincipalName to userName, with matching precedence 1.'),
    source: sources.tutorial,
    basis: 'documented',
    seenIn: subject =>
      isUser(subject) && lacks(subject, 'userName') ? 'The user comes without a userName.' : undefined,
  },
  {
    id: 'client/guest-user-name',
    severity: 'warning',
    title: 'A guest’s #EXT# name as userName',
    reason:
      'Guests don’t know this name, and the SAML NameID may be another one: AWS finds a user by a NameID that equals the userName exactly, so that the guest can’t sign in. Entra removes #EXT# where userPrincipalName is mapped; here another attribute is.',
    mend: `${inUserMapping('userName: use userPrincipalName as the source attribute instead of originalUserPrincipalName, or mail.')} ${inSignOn('let Unique User Identifier (Name ID) be the same for guests.')}`,
    source: sources.howItWorks,
    basis: 'documented',
    seenIn: subject => {
      const name = isUser(subject) ? textAt(subject, 'userName') : undefined
      return name && /#EXT#/i.test(name) ? `The userName is "${shown(name)}".` : undefined
    },
  },
  {
    id: 'client/no-given-name',
    severity: 'warning',
    title: 'No given name',
    reason: 'AWS takes no user without name.givenName.',
    mend: inUserMapping(
      'name.givenName: IIF(IsPresent([givenName]), [givenName], "-"), or fill the first name of these users in.',
    ),
    source: sources.aws,
    basis: 'documented',
    seenIn: subject =>
      isUser(subject) && lacks(subject, 'name.givenName')
        ? 'The user comes without a name.givenName.'
        : undefined,
  },
  {
    id: 'client/no-family-name',
    severity: 'warning',
    title: 'No family name',
    reason: 'AWS takes no user without name.familyName.',
    mend: inUserMapping(
      'name.familyName: IIF(IsPresent([surname]), [surname], "-"), or fill the last name of these users in.',
    ),
    source: sources.aws,
    basis: 'documented',
    seenIn: subject =>
      isUser(subject) && lacks(subject, 'name.familyName')
        ? 'The user comes without a name.familyName.'
        : undefined,
  },
  {
    id: 'client/no-display-name',
    severity: 'warning',
    title: 'No displayName',
    reason: 'AWS takes neither users nor groups without a displayName.',
    mend: `${inUserMapping('map displayName to displayName.')} For groups: ${inGroupMapping('the same, with matching precedence 1.')}`,
    source: sources.aws,
    basis: 'documented',
    seenIn: subject =>
      lacks(subject, 'displayName') ? `${isMade(subject)} comes without a displayName.` : undefined,
  },
]

/** A nickname is what stands before the `@`, or has one of the names in it. */
function isNickname(id: string, subject: Subject): boolean {
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
