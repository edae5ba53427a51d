import { profileNamed, switchesOf } from '../../profiles/index.ts'
import type { Statement } from '../../profiles/profile.ts'
import { shown } from '../../scim/error.ts'
import { acceptedByAws } from './aws-accepts.ts'
import { awsMends, otherMend } from './aws-mends.ts'
import { type Diagnosis, type Subject, valuesAt } from './diagnosis.ts'
import { inConnection, inScope, inUserMapping, sources } from './entra-pages.ts'

/** Every rule by which AWS may refuse, whatever the switches. */
const rules: readonly Statement[] = [
  ...new Map(
    switchesOf('aws')
      .flatMap(({ id, values }) => values.map(value => profileNamed('aws', { [id]: value }).rules))
      .flatMap((of): readonly Statement[] => Object.values(of).flat())
      .map(({ id, says, source, basis }) => [id, { id, says, source, basis }]),
  ).values(),
]

/** What was broken before AWS was asked, or by a tenant that is AWS: the exchange itself says so. */
const detailOf = (id: string, { aws, exchange, answer }: Subject): string | undefined => {
  const broken = aws?.rules.find(rule => rule.id === id)
  if (broken) return broken.detail
  if (exchange.rule !== id) return undefined
  return typeof answer?.detail === 'string' ? answer.detail : 'The request was refused by this rule.'
}

const refusedWhole = 'AWS refuses the request as a whole, and nothing of it is done.'

/** For a rule whose refusal leaves a change behind. */
const reasons: Readonly<Record<string, string>> = {
  'aws/members-replaced-by-nobody': 'AWS refuses the request and still removes all members of the group.',
}

const ofRule = ({ id, says, source, basis }: Statement): Diagnosis => ({
  id,
  severity: 'error',
  title: says,
  reason: reasons[id] ?? refusedWhole,
  mend: awsMends[id] ?? otherMend,
  source,
  basis,
  seenIn: subject => {
    const detail = detailOf(id, subject)
    return detail === undefined ? undefined : `AWS answers: ${shown(detail, 600)}`
  },
})

/** What AWS refuses without a rule that says so: by what its schema demands, and by what it holds. */
const refusedWithoutRule = ({ aws, exchange }: Subject, statuses: readonly number[]) =>
  aws &&
  !aws.accepted &&
  aws.rules.length === 0 &&
  exchange.rule === undefined &&
  statuses.includes(aws.status)
    ? `AWS answers ${aws.status}${aws.detail === undefined ? '' : `: ${shown(aws.detail, 600)}`}`
    : undefined

const namesMembers = (subject: Subject) => valuesAt(subject, 'members.value').length > 0

/** What isn't there, isn't there: only where the tenant has taken the request, or members are meant. */
const others: readonly Diagnosis[] = [
  {
    id: 'aws/schema',
    severity: 'error',
    title: 'AWS’s schema doesn’t allow it',
    reason: refusedWhole,
    mend: inUserMapping('correct the mapping to the attribute that the answer names.'),
    source: sources.aws,
    basis: 'inferred',
    seenIn: subject => refusedWithoutRule(subject, [400, 413, 415]),
  },
  {
    id: 'aws/taken',
    severity: 'error',
    title: 'AWS wants it to be unique',
    reason:
      'On AWS userName, email address, externalId and a group’s displayName are each had by one resource only.',
    mend: inUserMapping('map to the attribute what no two users share, such as objectId to externalId.'),
    source: sources.aws,
    basis: 'inferred',
    seenIn: subject => (subject.exchange.status === 409 ? undefined : refusedWithoutRule(subject, [409])),
  },
  {
    id: 'aws/unknown-member',
    severity: 'error',
    title: 'AWS takes no member who isn’t there',
    reason: 'The whole request is refused, with everybody else whom it would have added.',
    mend: inScope('see that all members are in scope, and that each was created without an error.'),
    source: sources.aws,
    basis: 'inferred',
    seenIn: subject => (namesMembers(subject) ? refusedWithoutRule(subject, [404]) : undefined),
  },
  {
    id: 'aws/not-offered',
    severity: 'error',
    title: 'AWS doesn’t offer it',
    reason: 'The tenant has taken the request, but AWS has nothing at this address, or not with this method.',
    mend: inConnection(
      'keep to /Users and /Groups as Entra writes them: no bulk requests, no searches by POST.',
    ),
    source: sources.aws,
    basis: 'inferred',
    seenIn: subject =>
      subject.exchange.status < 400 && !namesMembers(subject)
        ? refusedWithoutRule(subject, [403, 404, 405, 501])
        : undefined,
  },
]

/** What would fail on AWS, or has failed on a tenant that is AWS, and what AWS accepts without the expected effect. */
export const awsDiagnoses: readonly Diagnosis[] = [...rules.map(ofRule), ...others, ...acceptedByAws]
