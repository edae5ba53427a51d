import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { enterpriseUrn } from '../../scim.ts'
import {
  createWithEmails,
  extensionValues,
  requireWritable,
  requireWritableAttribute,
  valueIn,
} from '../steps/attributes.ts'
import { expectFound } from '../steps/lists.ts'
import { filterPathsArea } from './areas.ts'
import { defineChecks, may, must } from './define-checks.ts'

export const filterPathChecks: readonly Check[] = defineChecks(filterPathsArea, [
  may('schema-urn-in-paths', ['R-112'], {
    description: 'Filters accept names with their schema: `urn:…:User:userName sw`.',
    rationale: 'Clients that write all names in full are rejected.',
    remedy: 'Remove the URN of the resource type’s own schema from a path before you look it up.',
    run: async context => {
      const made = await context.create(context.users)
      const other = await context.create(context.users)
      const name = JSON.stringify(valueIn(made.body, 'userName') ?? null)
      await expectFound(
        context,
        context.users,
        `${context.users.schema}:userName eq ${name}`,
        [made],
        [other],
      )
    },
  }),
  may('schemas', ['R-112'], {
    description: '`schemas eq "urn…"` returns resources with this schema.',
    rationale: 'Queries across several types use it to tell them apart.',
    remedy: 'Support schemas in filters.',
    run: async context => {
      const made = await context.create(context.users)
      await expectFound(context, context.users, `schemas eq "${context.users.schema}"`, [made])
      await expectFound(context, context.users, 'schemas eq "urn:example:nonsuch"', [], [made])
    },
  }),
  must('extension-attributes', ['R-098'], {
    description:
      'Filters support attributes of extensions by their URN: `urn:…:enterprise:2.0:User:employeeNumber eq`.',
    needs: ['enterprise'],
    rationale: 'HR systems match users by employee number.',
    remedy: 'Resolve paths that start with the URN of an extension. The URN ends at the last colon.',
    run: async context => {
      requireWritableAttribute(context.users, 'employeeNumber', enterpriseUrn)
      const mark = context.unique()
      const one = await context.create(
        context.users,
        extensionValues(context, context.users, enterpriseUrn, { employeeNumber: mark }),
      )
      const two = await context.create(context.users)
      await expectFound(context, context.users, `${enterpriseUrn}:employeeNumber eq "${mark}"`, [one], [two])
    },
  }),
  must('manager', ['R-098'], {
    description: '`urn:…:enterprise:2.0:User:manager.value eq` returns the users with this manager.',
    needs: ['enterprise'],
    rationale: 'Clients use it to find who reports to a user who leaves, and so needs a new manager.',
    remedy: 'Resolve sub-attributes of extension attributes.',
    run: async context => {
      requireWritableAttribute(context.users, 'manager.value', enterpriseUrn)
      const boss = await context.create(context.users)
      const one = await context.create(
        context.users,
        extensionValues(context, context.users, enterpriseUrn, { manager: { value: boss.id } }),
      )
      const filter = `${enterpriseUrn}:manager.value eq ${JSON.stringify(boss.id)}`
      await expectFound(context, context.users, filter, [one], [boss])
    },
  }),
  must('members', ['R-106'], {
    description: '`members.value eq` returns the groups with this member.',
    needs: ['groups'],
    rationale:
      'Clients of AWS read memberships this way. After a wrong result, they add or remove members again.',
    remedy: 'Support members in filters on groups.',
    run: async context => {
      const user = await context.create(context.users)
      const one = await context.create(context.groups, { members: [{ value: user.id }] })
      const two = await context.create(context.groups)
      const id = JSON.stringify(user.id)
      await expectFound(context, context.groups, `members.value eq ${id}`, [one], [two])
      await expectFound(context, context.groups, `members[value eq ${id}]`, [one], [two])
    },
  }),
])

const crossed = async (
  context: CheckContext,
): Promise<{ mark: string; one: CreatedResource; two: CreatedResource }> => {
  requireWritable(context.users, 'emails.value', 'emails.type')
  const mark = context.unique()
  const emails = (work: string, home: string) => [
    { type: 'work', value: `${work}-${mark}@example.com` },
    { type: 'home', value: `${home}-${mark}@example.org` },
  ]
  const one = await createWithEmails(context, { emails: emails('a', 'b') })
  return { mark, one, two: await context.create(context.users, { emails: emails('b', 'a') }) }
}

const manyValued =
  'Clients search for users by any of their addresses, and link the wrong user or create a duplicate.'

export const filterValuePathChecks: readonly Check[] = defineChecks(filterPathsArea, [
  must('sub-attributes', ['R-098', 'R-108'], {
    description: 'Filters support sub-attributes: `name.familyName eq`.',
    rationale: 'Consoles search for users by family name.',
    remedy: 'Resolve paths with a sub-attribute.',
    run: async context => {
      requireWritable(context.users, 'name.familyName')
      const mark = context.unique()
      const one = await context.create(context.users, { name: { givenName: 'Ann', familyName: mark } })
      const two = await context.create(context.users)
      await expectFound(context, context.users, `name.familyName eq "${mark}"`, [one], [two])
    },
  }),
  must('any-value', ['R-106'], {
    description:
      'A filter on a multi-valued attribute matches if any of its values matches: `emails.value eq`.',
    rationale: manyValued,
    remedy: 'Compare every value, not only the first or the primary one.',
    run: async context => {
      const { mark, one, two } = await crossed(context)
      const filter = `emails.value eq "b-${mark}@example.org"`
      await expectFound(context, context.users, filter, [one], [two])
    },
  }),
  must('value-is-understood', ['R-106'], {
    description: 'A filter on a multi-valued attribute without a sub-attribute compares value: `emails co`.',
    rationale: manyValued,
    remedy: 'Use the sub-attribute value if a filter names none.',
    run: async context => {
      const { mark, one, two } = await crossed(context)
      await expectFound(context, context.users, `emails co "a-${mark}@example.com"`, [one], [two])
    },
  }),
  must('value-path', ['R-107'], {
    description: '`emails[type eq "work" and value sw "a"]` applies both conditions to the same value.',
    rationale: manyValued,
    remedy: 'Evaluate the filter in brackets for one value at a time.',
    run: async context => {
      const { mark, one, two } = await crossed(context)
      const filter = `emails[type eq "work" and value sw "a-${mark}"]`
      await expectFound(context, context.users, filter, [one], [two])
    },
  }),
  must('without-value-path', ['R-106'], {
    description: 'Without brackets, different values may match the conditions.',
    rationale: manyValued,
    remedy: 'Require one value to match all conditions only if they are in brackets.',
    run: async context => {
      const { mark, one, two } = await crossed(context)
      const emails = [{ type: 'work', value: `c-${mark}@example.com` }]
      const other = await context.create(context.users, { emails })
      const filter = `emails.type eq "work" and emails.value sw "a-${mark}"`
      await expectFound(context, context.users, filter, [one, two], [other])
    },
  }),
  must('value-path-logic', ['R-098', 'R-107'], {
    description: 'Filters in brackets support `or`, `not` and parentheses.',
    rationale: manyValued,
    remedy: 'Support the full filter grammar in brackets as well.',
    run: async context => {
      const { mark, one, two } = await crossed(context)
      const filter = `emails[(value eq "a-${mark}@example.com" or value eq "b-${mark}@example.org") and not (type eq "home")]`
      await expectFound(context, context.users, filter, [one], [two])
    },
  }),
  must('value-path-combined', ['R-098'], {
    description: 'Filters in brackets can be combined with other conditions.',
    rationale: manyValued,
    remedy: 'Accept an expression in brackets as an operand of `and` and `or`.',
    run: async context => {
      const { mark, one, two } = await crossed(context)
      const filter = `emails[value sw "b-${mark}" and type eq "home"] and id pr`
      await expectFound(context, context.users, filter, [one], [two])
    },
  }),
])
