import type { Check } from '../../../check.ts'
import { expectThat, objectIn, skip } from '../../../expect.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { attributeOf } from '../../tools/attributes.ts'
import { list } from '../../tools/lists.ts'
import { checksOf, refusalsOf } from '../checks-of.ts'

const common = {
  area: 'filter',
  section: 'Filter',
  source: 'RFC 7644 §3.4.2.2',
  needs: ['users', 'filter'],
} as const

/** Some servers read a filter only when there is somebody to apply it to, so that others decide what it comes to. */
const amongUsers = async (stage: Stage, filter: string): Promise<Answer> => {
  await stage.create(stage.users)
  return list(stage, stage.users, { filter })
}

/** The RFC's own examples have both (§3.4.2.1, §3.7.1), against its grammar. */
const inExamples: ReadonlySet<string> = new Set(['single-quotes', 'no-quotes'])

const readLate: ReadonlySet<string> = new Set(['two-in-a-row', 'symbols'])

/** A filter like those that are refused, and well-formed. */
const control = (stage: Stage): Promise<Answer> =>
  list(stage, stage.users, { filter: `userName eq "${stage.unique('nobody')}"` })

const mistaken = {
  control,
  matters:
    'A client whose malformed filter is answered takes the result for the matches: it links the wrong user or creates a duplicate.',
  mend: 'Return 400 with scimType invalidFilter for a filter that can’t be parsed, before anything is searched.',
  requirements: ['R-098'],
} as const

/** What isn't a filter, and what is wrong about it. */
const unreadable: readonly (readonly [id: string, what: string, filter: string])[] = [
  ['no-value', 'without a value', 'userName eq'],
  ['no-operator', 'of a name alone', 'userName'],
  ['open-quotes', 'whose quotation marks aren’t closed', 'userName eq "ann'],
  ['single-quotes', 'with single quotation marks', "userName eq 'ann'"],
  ['no-quotes', 'whose text has no quotation marks', 'userName eq ann'],
  ['open-parenthesis', 'whose parenthesis isn’t closed', '(userName eq "ann"'],
  ['extra-parenthesis', 'with a parenthesis too many', 'userName eq "ann")'],
  ['open-bracket', 'whose bracket isn’t closed', 'emails[type eq "work"'],
  ['empty-brackets', 'with nothing in brackets', 'emails[]'],
  ['ends-with-and', 'that ends with and', 'userName eq "ann" and'],
  ['begins-with-or', 'that begins with or', 'or userName eq "ann"'],
  ['two-in-a-row', 'of two conditions with nothing between', 'userName eq "ann" userName eq "bob"'],
  ['value-after-pr', 'with a value after pr', 'userName pr "ann"'],
  ['symbols', 'with the operator of another language', 'userName == "ann"'],
  ['bad-name', 'whose name isn’t one', '!userName eq "ann"'],
]

export const checks: readonly Check[] = [
  ...refusalsOf(common, [
    ...unreadable.map(([id, what, filter]) => ({
      ...mistaken,
      id: `refuses-${id}`,
      says: `A filter ${what} is refused: \`${filter}\`.`,
      ...(id === 'no-value' && { scimTypes: ['invalidFilter'] }),
      ...(readLate.has(id) && { needs: ['write'] as const }),
      ...(inExamples.has(id) && { level: 'SHOULD' as const }),
      send: (stage: Stage) =>
        readLate.has(id) ? amongUsers(stage, filter) : list(stage, stage.users, { filter }),
    })),
    {
      ...mistaken,
      id: 'refuses-unknown-operator',
      says: 'An unknown operator is refused: `userName like "ann"`.',
      scimTypes: ['invalidFilter'],
      requirements: ['R-109'],
      send: stage => list(stage, stage.users, { filter: 'userName like "ann"' }),
    },
    {
      ...mistaken,
      id: 'refuses-bare-complex',
      level: 'SHOULD',
      says: 'A complex attribute without a sub-attribute is refused: `name eq "Ann"`.',
      requirements: ['R-108'],
      mend: 'Answer 400 when a complex attribute that has no value is compared as a whole.',
      send: stage => {
        if (attributeOf(stage.users, 'name')?.type !== 'complex') skip('Users have no complex name.')
        return list(stage, stage.users, { filter: 'name eq "Ann"' })
      },
    },
    ...['gt', 'ge', 'lt', 'le'].map(operator => ({
      ...mistaken,
      id: `refuses-${operator}-boolean`,
      says: `\`${operator}\` on a boolean is refused: \`active ${operator} true\`.`,
      ...(operator === 'gt' && { scimTypes: ['invalidFilter'] }),
      requirements: ['R-103'],
      mend: 'Answer 400 when booleans are compared by order; they have none.',
      send: (stage: Stage) => {
        if (attributeOf(stage.users, 'active')?.type !== 'boolean') skip('Users have no boolean active.')
        return list(stage, stage.users, { filter: `active ${operator} true` })
      },
    })),
    {
      ...mistaken,
      id: 'refuses-gt-binary',
      says: '`gt` on a binary value is refused: `x509Certificates.value gt`.',
      requirements: ['R-103'],
      mend: 'Answer 400 when binary values are compared by order; they have none.',
      send: stage => {
        if (attributeOf(stage.users, 'x509Certificates.value')?.type !== 'binary')
          skip('Users have no binary certificates.')
        return list(stage, stage.users, { filter: 'x509Certificates.value gt "AAAA"' })
      },
    },
  ]),
  ...checksOf(common, [
    {
      id: 'says-what-is-wrong',
      level: 'MUST',
      says: 'A filter with an unknown operator is answered with a detail for humans.',
      requirements: ['R-109'],
      matters: 'It is all that an administrator who sets up a client sees.',
      mend: 'Put the operator, or where reading stopped, into detail.',
      run: async stage => {
        const answer = await list(stage, stage.users, { filter: 'userName like "ann"' })
        if (answer.status !== 400) skip(`It isn't refused with 400 but answered with ${answer.status}.`)
        const { detail } = objectIn(answer)
        expectThat(
          typeof detail === 'string' && detail !== '',
          'a detail that says what is wrong',
          detail,
          answer,
        )
      },
    },
  ]),
]
