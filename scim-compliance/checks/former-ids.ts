const rules =
  'unique not-unique case-ignored case-exact canonical required optional writable read-only-post read-only-put read-only-patch immutable always never request default types plural complete case-kept'

/** Earlier IDs, by the check that replaces them; names without a slash are in the same area. */
const former: Readonly<Record<string, string>> = {
  'rfc/discovery/config-members':
    'config-patch config-bulk config-filter config-changepassword config-sort config-etag config-authentication-schemes',
  'rfc/discovery/single-entries': 'one-of-schemas one-of-resourcetypes',
  'rfc/discovery/unknown-entries': 'unknown-schemas unknown-resourcetypes',
  'rfc/discovery/ignores-parameters': 'sorted-schemas paged-schemas sorted-resourcetypes paged-resourcetypes',
  'rfc/discovery/filtered': 'filtered-schemas filtered-resourcetypes',
  'rfc/discovery/read-only': 'read-only-serviceproviderconfig read-only-schemas read-only-resourcetypes',
  'rfc/transport/content-types':
    'content-type-scim-json content-type-json content-type-scim-json-charset content-type-json-charset',
  'rfc/transport/unknown-parameters': 'unknown-parameters-list unknown-parameters-resource',
  'rfc/authentication/wrong': 'changed malformed no-scheme other-scheme',
  'rfc/authentication/unauthenticated-writes':
    'unauthenticated-post unauthenticated-put unauthenticated-patch unauthenticated-delete',
  'rfc/meta/times': 'created lastmodified',
  'rfc/meta/type': 'type-users type-groups',
  'rfc/values/null-clears': 'rfc/put/null-clears',
  'rfc/user/refuses-values': 'refuses-country refuses-certificate',
  'rfc/user/several-values':
    'several-emails several-phonenumbers several-addresses several-roles several-ims several-photos several-entitlements',
  'rfc/user/has-attributes': 'has-ims has-photos has-entitlements has-x509certificates has-password',
  'rfc/enterprise/texts': 'employeenumber costcenter organization division department',
  'rfc/create/answers-201': 'answers-201-user answers-201-group',
  'rfc/create/location': 'location-user location-group',
  'rfc/create/location-leads': 'location-leads-user location-leads-group',
  'rfc/create/body': 'body-user body-group',
  'rfc/create/read-equals': 'read-equals-user read-equals-group',
  'rfc/retrieve/by-id': 'by-id-user by-id-group',
  'rfc/retrieve/listed': 'listed-user listed-group',
  'rfc/retrieve/same-in-list': 'same-in-list-user same-in-list-group',
  'rfc/delete/get': 'rfc/retrieve/deleted-user',
  'rfc/delete/groups': 'rfc/retrieve/deleted-group',
  'rfc/index-paging/below-one': 'zero-is-one negative-is-one',
  'rfc/cursor-paging/refuses-named':
    'refuses-nonsense-named refuses-forged-named refuses-changed-filter-named refuses-changed-sort-named refuses-bad-count-named',
  'rfc/filter/substrings': 'co-string sw-string ew-string',
  'rfc/filter/order': 'gt-string ge-string lt-string le-string',
  'rfc/filter/order-of-times': 'gt-time ge-time lt-time le-time',
  'rfc/filter/precedence': 'and-before-or and-before-or-reversed parentheses not-before-and',
  'rfc/filter/values':
    'quotes-in-values backslashes-in-values operators-in-values plus-and-ampersand-in-values non-ascii-values',
  'rfc/filter/ignores-case': 'rfc/user/name-found-without-case',
  'rfc/common/external-id-case': 'rfc/filter/respects-case',
  'rfc/filter/refuses-malformed':
    'refuses-no-value refuses-no-operator refuses-open-quotes refuses-open-parenthesis refuses-extra-parenthesis refuses-open-bracket refuses-empty-brackets refuses-ends-with-and refuses-begins-with-or refuses-two-in-a-row refuses-value-after-pr refuses-symbols refuses-bad-name refuses-unknown-operator',
  'rfc/filter/refuses-unquoted': 'refuses-single-quotes refuses-no-quotes',
  'rfc/filter/refuses-order':
    'refuses-gt-boolean refuses-ge-boolean refuses-lt-boolean refuses-le-boolean refuses-gt-binary',
  'rfc/filter/refuses-named':
    'refuses-no-value-named refuses-unknown-operator-named refuses-gt-boolean-named',
  'rfc/search/refuses-named': 'refuses-no-schema-named refuses-bad-filter-named',
  'rfc/put/refuses-named': 'refuses-missing-required-named refuses-immutable-named',
  'rfc/patch-replace/moves-primary': 'rfc/patch-add/moves-primary',
  'rfc/patch-remove/refuses-named': 'refuses-no-path-named refuses-required-named refuses-read-only-named',
  'rfc/patch/refuses-malformed':
    'refuses-no-schema refuses-no-operations refuses-empty-operations refuses-unknown-op refuses-no-op refuses-add-no-value',
  'rfc/patch/refuses-bad-path': 'refuses-bad-path-1 refuses-bad-path-2 refuses-bad-path-3 refuses-bad-path-4',
  'rfc/patch/refuses-read-only': 'refuses-read-only-meta rfc/common/id-of-client-patched',
  'rfc/patch/refuses-named':
    'refuses-no-schema-named refuses-unknown-op-named refuses-add-no-value-named refuses-bad-path-1-named refuses-bad-filter-named refuses-unknown-attribute-named refuses-read-only-named refuses-wrong-type-named',
  'rfc/errors/body':
    'body-unknown-id body-unknown-endpoint body-wrong-method body-not-json body-media-type body-invalid body-conflict body-filter',
  'rfc/errors/unreadable':
    'unreadable-truncated unreadable-trailing unreadable-array unreadable-text unreadable-null unreadable-empty',
  'rfc/errors/methods': 'method-put-list method-patch-list method-post-resource',
  'rfc/forms/kept': 'boolean-kept integer-kept decimal-kept datetime-kept binary-kept reference-kept',
  'rfc/forms/refuses':
    'refuses-boolean-number refuses-integer-fraction refuses-integer-text refuses-decimal-text refuses-date-words refuses-date-only refuses-binary-text refuses-reference-text refuses-string-number refuses-string-object refuses-complex-text refuses-complex-in-complex',
  ...Object.fromEntries(
    rules.split(' ').map(rule => [`rfc/advertised/${rule}`, `${rule}-users ${rule}-groups ${rule}-own`]),
  ),
  'rfc/versions/stale': 'stale-put stale-patch stale-delete',
  'rfc/patch-add/merges-complex': 'sub-attribute',
  'rfc/patch-members/add': 'add-several',
  'rfc/bulk/goes-on-after-errors': 'stops-after-as-many',
  'rfc/errors/not-offered': 'patch-not-offered bulk-not-offered',
  'rfc/enterprise/urn-listed': 'urn-listed-when-read',
  'rfc/filter/pr': 'pr-complex',
  'rfc/filter/extension-attributes': 'manager',
  'rfc/filter/value-path-logic': 'value-path-combined',
  'rfc/index-paging/count-zero': 'count-zero-tells-total',
  'rfc/index-paging/items-per-page': 'items-per-last-page',
  'rfc/cursor-paging/refuses-changed-query': 'refuses-changed-filter refuses-changed-sort',
  'rfc/sort/ascending': 'ascending-by-default',
  'rfc/sort/without-value': 'without-value-last without-value-first',
  'rfc/search/attributes': 'excluded-attributes',
  'rfc/projection/writes': 'create replace patch',
  'rfc/projection/sub-attributes': 'parts-of-values',
  'rfc/projection/names': 'any-case several full-names',
  'rfc/create/own-types': 'own-types-read',
  'rfc/values/null-is-absent': 'empty-is-absent',
  'rfc/user/name-normalised': 'name-folded-beyond-ascii',
  'rfc/schemas/type-schema-known': 'type-extensions-known',
  'rfc/schemas/schema-texts': 'schema-name schema-description',
  'rfc/schemas/attribute-members':
    'attribute-name attribute-type attribute-multivalued attribute-required attribute-mutability attribute-returned',
  'rfc/schemas/attribute-details': 'attribute-uniqueness attribute-caseexact attribute-description',
  'aws/users/requires':
    'requires-username requires-displayname requires-name-givenname requires-name-familyname',
  'aws/users/one-of': 'one-of-emails one-of-phonenumbers one-of-addresses',
  'okta/update/put-keeps-groups': 'put-without-groups',
  'aws/discovery/features': 'patch bulk filter changepassword sort etag',
}

const byFormer: ReadonlyMap<string, string> = new Map(
  Object.entries(former).flatMap(([id, names]) => {
    const area = id.slice(0, id.lastIndexOf('/'))
    return names.split(' ').map(name => [name.includes('/') ? name : `${area}/${name}`, id] as const)
  }),
)

/** The ID of the check that replaces one; unchanged if it still exists. */
export const currentId = (id: string, exists: (id: string) => boolean): string =>
  exists(id) ? id : (byFormer.get(id) ?? id)

export const formerIds: readonly string[] = [...byFormer.keys()]

/** `rfc/forms/refuses-date-only is now part of rfc/forms/refuses.` */
export const renamedNote = (id: string): string => `${id} is now part of ${byFormer.get(id)}.`
