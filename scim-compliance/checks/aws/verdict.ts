import type { ClientVerdict, Judge } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'
import { failuresOf, type TellingFailure } from '../tools/consequences.ts'

/** Without these a client of AWS does nothing at all. */
const essential = new Set([
  'aws/users/created-with-201',
  'aws/users/schemas-optional',
  'aws/filters/user-name',
  'aws/filters/nobody',
  'aws/service/takes-json',
  'aws/service/takes-scim-json',
])

const failedIds = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes
    .filter(({ check, verdict }) => check.suite === 'aws' && verdict === 'failed')
    .map(({ check }) => check.id)

/** How clients that are made for AWS IAM Identity Center get on with this server, and whether it stands in for AWS. */
export const awsVerdict: Judge = outcomes => {
  const told = failuresOf(outcomes, 'aws')
  if (told === undefined) return undefined
  const unlike = failedIds(outcomes).length - told.length
  const because = [
    ...new Set(told.map(({ words }) => words)),
    ...(unlike > 0 ? [`In ${unlike} more ${unlike === 1 ? 'way' : 'ways'} it isn’t like AWS.`] : []),
  ]
  return { client: 'aws', ...summary(told, unlike), because }
}

function summary(told: readonly TellingFailure[], unlike: number): Pick<ClientVerdict, 'works' | 'words'> {
  const broken = told.find(({ id }) => essential.has(id))
  if (broken) return { works: 'no', words: `Clients made for AWS can’t work with it: ${broken.words}` }
  const [first, ...others] = told
  if (first) {
    const more =
      others.length === 0
        ? ''
        : ` ${others.length} more ${others.length === 1 ? 'thing goes' : 'things go'} wrong.`
    return { works: 'partly', words: `Clients made for AWS work with it in part. ${first.words}${more}` }
  }
  if (unlike > 0)
    return {
      works: 'yes',
      words:
        'Clients made for AWS work with it; but it takes or shows what AWS doesn’t, so it can’t stand in for AWS in tests.',
    }
  return { works: 'yes', words: 'Clients made for AWS work with it, and it can stand in for AWS in tests.' }
}
