import type { Check } from '../check.ts'
import { joinWords } from '../grade/join-words.ts'

/** Checks of different suites that contradict each other: no server passes both. */
const contradictions: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['rfc/filter/refuses-unquoted', 'aws/filters/no-unquoted'], ['entra/look-up/unquoted-value']],
  [['rfc/model/request-without-schemas'], ['aws/users/schemas-optional', 'aws/users/schemas-null']],
  [['rfc/common/external-id-twice', 'entra/create/external-id-again'], ['aws/users/external-id-is-unique']],
  [['rfc/create/location'], ['aws/service/no-location']],
  [['rfc/put/groups', 'rfc/put/members'], ['aws/groups/no-put']],
  [['rfc/group/nested', 'entra/members/group-in-a-group'], ['aws/groups/no-nested-groups']],
  [['rfc/user/several-values'], ['aws/users/one-of']],
  [['rfc/patch/refuses-unknown-attribute'], ['entra/update/unknown-attribute']],
  [['rfc/model/unknown-schema'], ['entra/groups/documented-body']],
  [
    [
      'rfc/patch-members/replace',
      'entra/members/replace',
      'okta/members/push-now',
      'okta/members/push-now-empty',
    ],
    ['aws/groups/no-replacing-members'],
  ],
  [['rfc/filter/or'], ['aws/filters/no-or']],
  [['interop/patch/replaces-complex'], ['rfc/patch-replace/merges-complex']],
  [['interop/patch/element-path'], ['rfc/patch-replace/value-by-filter']],
  [
    ['interop/patch/no-path'],
    [
      'rfc/patch-replace/no-path',
      'rfc/patch-add/no-path',
      'okta/deactivate/active-false',
      'aws/patch/pathless-one',
    ],
  ],
  [['interop/undeclared/extension'], ['entra/create/unknown-extension']],
  [['interop/undeclared/patch-path'], ['entra/update/unknown-attribute']],
  [['rfc/filter/substrings'], ['aws/filters/no-co']],
  [['rfc/filter/pr'], ['aws/filters/no-pr']],
  [['rfc/filter/not'], ['aws/filters/no-not']],
  [['rfc/forms/refuses-boolean-text'], ['entra/create/active-as-true', 'entra/create/active-as-false']],
  [['entra/tests/update-to-empty-text'], ['aws/patch/empty-text']],
  [['rfc/transport/accept-scim-json-resource', 'entra/probe/media-type'], ['aws/service/media-type']],
  [['rfc/create/conflict-type', 'entra/create/twice-is-explained'], ['aws/errors/conflict']],
  [['rfc/meta/location'], ['aws/users/whole-seconds']],
  [['rfc/group/members-kept'], ['aws/groups/read-without-members']],
  [['entra/members/shown-in-a-look-up'], ['aws/groups/listed-without-members']],
  [['rfc/index-paging/count-zero'], ['aws/lists/count-0']],
  [
    [
      'rfc/index-paging/second-page',
      'rfc/index-paging/start-index',
      'entra/tests/page-starts-where-asked',
      'okta/import/next-page',
    ],
    ['aws/lists/start-index-ignored'],
  ],
]

export const oppositesOf = (id: string): readonly string[] =>
  contradictions.flatMap(([some, others]) => (some.includes(id) ? others : others.includes(id) ? some : []))

export function withOpposites(check: Check): Check {
  const others = oppositesOf(check.id)
  if (others.length === 0) return check
  const verb = others.length === 1 ? 'requires' : 'require'
  return { ...check, rationale: `${check.rationale} ${joinWords(others)} ${verb} the opposite.` }
}
