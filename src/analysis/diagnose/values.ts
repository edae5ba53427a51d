import { shortList } from '../../journal/attribute-words.ts'
import { profileNamed } from '../../profiles/index.ts'
import { resolveName } from '../../scim/attribute-name.ts'
import { shown } from '../../scim/error.ts'
import { type ResourceType, typeNamed } from '../../scim/resource-types.ts'
import { type Diagnosis, isNothing, isUser, type Subject, valuesAt } from './diagnosis.ts'
import { inUserMapping, sources, withFlag } from './entra-pages.ts'

/** A PATCH may well write the same address twice. */
const emailsOf = (subject: Subject): readonly string[] => {
  const emails = valuesAt(subject, 'emails.value').map(String)
  return subject.describes ? emails : [...new Set(emails)]
}

const awsTypes = profileNamed('aws').resourceTypes

/** Attributes that are written and that AWS has nowhere to put. */
const droppedIn = ({ type, written }: Subject): readonly string[] => {
  const awsType = type && typeNamed(awsTypes, type.name)
  if (!awsType) return []
  const paths = written.filter(({ value }) => !isNothing(value)).map(({ path }) => path)
  return [...new Set(paths)].filter(
    path => resolveName(awsType, path) === undefined && !isProviders(type, path) && path !== refusedByAws,
  )
}

/** Other sub-attributes of this name are dropped. */
const refusedByAws = 'roles.display'

/** What the provider keeps or derives by itself isn't dropped but ignored, as the RFC has it. */
const isProviders = (type: ResourceType, path: string): boolean => {
  const known = resolveName(type, path)
  return (
    known?.some(({ mutability, derived }) => mutability === 'readOnly' || derived !== undefined) === true ||
    /^(schemas|id|meta)($|[.:])/i.test(path)
  )
}

const names = ['userName', 'displayName', 'name.givenName', 'name.familyName', 'name.formatted']

const unfitNames = (subject: Subject): readonly string[] =>
  names.filter(path =>
    valuesAt(subject, path).some(value => typeof value === 'string' && /[<>;:%\t\n\r]/.test(value)),
  )

/** What is odd about the values that a client writes. */
export const valueDiagnoses: readonly Diagnosis[] = [
  {
    id: 'client/no-email',
    severity: 'note',
    title: 'No email address',
    reason:
      'AWS takes a user without one, but many an application behind it expects one, and by default Entra sends what stands in mail.',
    mend: inUserMapping(
      'emails[type eq "work"].value: Coalesce([mail], [userPrincipalName]), or fill the mail of these users in.',
    ),
    source: sources.mappings,
    basis: 'inferred',
    seenIn: subject =>
      isUser(subject) && subject.describes && emailsOf(subject).length === 0
        ? 'The user comes without an email address.'
        : undefined,
  },
  {
    id: 'client/several-emails',
    severity: 'warning',
    title: 'Several email addresses',
    reason: 'AWS takes at most one email address of a user.',
    mend: inUserMapping('keep emails[type eq "work"].value, and delete the mappings to other emails.'),
    source: sources.aws,
    basis: 'documented',
    seenIn: subject => {
      const count = isUser(subject) ? emailsOf(subject).length : 0
      return count > 1 ? `The user comes with ${count} email addresses.` : undefined
    },
  },
  {
    id: 'client/active-as-text',
    severity: 'note',
    title: 'active is sent as text',
    reason:
      'By default Entra sends "True" and "False" where SCIM has true and false. AWS reads both; a server that keeps to the letter refuses the text.',
    mend: `Nothing for AWS. Elsewhere: ${withFlag}`,
    source: sources.compatibility,
    basis: 'documented',
    seenIn: subject => {
      const text = valuesAt(subject, 'active').find(value => typeof value === 'string')
      return text === undefined ? undefined : `active is sent as the text "${shown(String(text))}".`
    },
  },
  {
    id: 'client/dropped-by-aws',
    severity: 'note',
    title: 'Attributes that AWS drops',
    reason: 'AWS has no place for them: it answers as if they weren’t there, and nothing of them is kept.',
    mend: inUserMapping('delete the mappings to these attributes, or do without them on AWS.'),
    source: sources.aws,
    basis: 'documented',
    seenIn: subject => {
      const dropped = droppedIn(subject)
      return dropped.length === 0
        ? undefined
        : `AWS would drop ${shortList(dropped.map(path => shown(path, 60)))}.`
    },
  },
  {
    id: 'client/name-characters',
    severity: 'warning',
    title: 'Characters that AWS may reject in names',
    reason:
      'Microsoft says that AWS rejects < > ; : %, tabs and line breaks in names; the pattern that AWS publishes allows them.',
    mend: `${inUserMapping('take the characters out, for example displayName: Replace([displayName], ":", , , "-").')} Or correct the names in the directory.`,
    source: sources.aws,
    basis: 'documented',
    seenIn: subject => {
      const unfit = unfitNames(subject)
      return unfit.length === 0
        ? undefined
        : `${unfit.join(', ')} ${unfit.length === 1 ? 'has' : 'have'} such a character.`
    },
  },
]
