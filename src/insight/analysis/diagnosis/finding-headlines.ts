import type { FindingGroup } from '../../../domain/ports/analysis.ts'

const nouns = {
  user: ['user', 'users'],
  group: ['group', 'groups'],
  either: ['user or group', 'users or groups'],
  request: ['request', 'requests'],
} as const

type Noun = keyof typeof nouns

/** Who, and a predicate in the plural that begins with its verb. */
type Happening = readonly [who: Noun, predicate: string]

const refused = (reason: string): Happening => ['request', `were refused: ${reason}`]

/** A kind that is not listed has its title as headline: it is about a habit of the client, and not about objects. */
const happenings: Readonly<Record<string, Happening>> = {
  'client/no-external-id': ['either', 'have no externalId'],
  'client/mail-nickname-as-external-id': ['user', 'have an externalId made from the name'],
  'client/no-user-name': ['user', 'have no userName'],
  'client/guest-user-name': ['user', 'have the name of a guest (#EXT#) as userName'],
  'client/user-name-is-not-email': ['user', 'have a userName other than the email address'],
  'client/no-given-name': ['user', 'have no first name'],
  'client/no-family-name': ['user', 'have no last name'],
  'client/no-display-name': ['either', 'have no display name'],
  'client/no-email': ['user', 'have no email address'],
  'client/several-emails': ['user', 'have several email addresses'],
  'client/dropped-by-aws': ['either', 'have attributes that AWS ignores'],
  'client/name-characters': ['either', 'have characters in names that AWS may reject'],
  'client/unresolved-member': ['group', 'have a member that does not exist'],
  'client/unresolved-manager': ['user', 'have a manager that does not exist'],
  'client/assignments-lost': ['either', 'were created again, and lost account assignments'],
  'client/same-patch-again': ['either', 'receive the same PATCH again and again'],
  'client/several-matches': ['either', 'match more than one resource'],
  'client/missing-resource': ['either', 'were read and not found'],
  'client/wrong-address': ['request', 'have a wrong URL'],
  'client/refused': ['request', 'were refused by the tenant'],
  'client/duplicate': ['either', 'have a value that another one already has'],
  'client/throttled': ['request', 'were too many for the rate limit'],
  'client/server-error': ['request', 'failed with a server error'],
  'client/token-missing': refused('no token was sent'),
  'client/token-unknown': refused('the token is unknown'),
  'client/token-expired': refused('the token has expired'),
  'client/token-deleted': refused('the token was deleted'),
  'client/token-other-tenant': refused('the token is of another tenant'),
  'client/token-read-only': refused('the token is read-only'),
  'client/token-without-scheme': refused('“Bearer” is missing before the token'),
  'client/secret-token-empty': refused('the Secret Token was left empty'),
  'aws/required-attributes': ['either', 'lack an attribute that AWS requires'],
  'aws/no-empty-text': ['either', 'have an empty value'],
  'aws/text-length': ['either', 'have a value that is too long'],
  'aws/text-characters': ['either', 'have a value with characters that AWS rejects'],
  'aws/one-value-per-list': [
    'user',
    'have more than one email address, phone number, postal address or role',
  ],
  'aws/email-is-primary': ['user', 'have an email address that is not primary'],
  'aws/reserved-names': ['either', 'have a reserved name'],
  'aws/no-role-display': ['user', 'have a role with a display name'],
  'aws/no-groups-on-create': ['user', 'were created with groups'],
  'aws/at-most-100-members-on-create': ['group', 'were created with more than 100 members'],
  'aws/no-nested-groups': ['group', 'have a group as a member'],
  'aws/at-most-100-membership-changes': ['group', 'were sent more than 100 changes of members at once'],
  'aws/no-removing-required-attributes': ['either', 'were to lose a required attribute'],
  'aws/no-replacing-members': ['group', 'were to have all members replaced'],
  'aws/no-removing-all-members': ['group', 'were to lose all members at once'],
  'aws/no-special-characters': ['either', 'have one of the characters < > ; : %'],
  'aws/no-line-breaks': ['either', 'have a tab or a line break in a value'],
  'aws/no-unsupported-attributes': ['either', 'have an attribute that AWS does not support'],
  'aws/no-patch-of-unsupported-attributes': [
    'either',
    'have a change of an attribute that AWS does not support',
  ],
  'aws/schema': ['either', 'have content that AWS’s schema does not allow'],
  'aws/taken': ['either', 'have a value that is already taken on AWS'],
  'aws/unknown-member': ['group', 'have a member that AWS does not know'],
  'aws/not-offered': ['request', 'use what AWS does not support'],
  'aws/user-name-is-no-address': ['user', 'have a userName that is not an email address'],
  'okta/empty-after-push': ['group', 'were pushed without members'],
  'jumpcloud/no-display-name': ['user', 'were replaced without a display name'],
  'client/deletes-strangers': ['either', 'were deleted by a client other than the creator'],
  'identity-store/provisioned-resource-changed': ['either', 'were changed outside the identity provider'],
  'identity-store/matching-attribute-changed': [
    'either',
    'have another matching attribute than in the identity provider',
  ],
  'identity-store/provisioned-resource-deleted': ['either', 'were deleted outside the identity provider'],
  'identity-store/provisioned-members-changed': [
    'group',
    'have members that were changed outside the identity provider',
  ],
  'identity-store/created-directly': ['either', 'were created outside the identity provider'],
}

const singular: Readonly<Record<string, string>> = {
  have: 'has',
  were: 'was',
  match: 'matches',
  failed: 'failed',
}

function inSingular(predicate: string): string {
  const [verb = '', ...rest] = predicate.split(' ')
  return [singular[verb] ?? `${verb}s`, ...rest].join(' ')
}

/** What happened, and to how many: "3 users have no last name". */
export function headlineOf(
  { id, count, subjects }: Pick<FindingGroup, 'id' | 'count' | 'subjects'>,
  title: string,
): string {
  const happening = happenings[id]
  if (!happening) return title
  const [who, predicate] = happening
  const number = who === 'request' ? count : subjects
  if (number === 0) return title
  const [one, many] = nouns[who]
  return number === 1
    ? `1 ${one} ${inSingular(predicate)}`
    : `${number.toLocaleString('en-US')} ${many} ${predicate}`
}
