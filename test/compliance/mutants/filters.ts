import { error, type Mutant, objectIn, objectsIn, queryOf, withBody, withQuery } from './break.ts'
import { changesResponse, filters } from './breaks.ts'

/** Filters that are evaluated incorrectly. */
export const filterMutants: readonly Mutant[] = [
  {
    id: 'filter-ignored',
    description: 'Filters are ignored.',
    breaks: filters(() => null),
    caughtBy: ['rfc/filter/eq-string'],
  },
  {
    id: 'unsupported-filters-ignored',
    description: 'Filters on other attributes than userName are ignored.',
    breaks: filters(filter => (/^userName eq "[^"]*"$/i.test(filter) ? filter : null)),
    caughtBy: ['rfc/filter/not-ignored'],
  },
  {
    id: 'or-is-and',
    description: 'or is evaluated as and.',
    breaks: filters(filter => filter.replaceAll(' or ', ' and ')),
    caughtBy: ['rfc/filter/or'],
  },
  {
    id: 'and-is-or',
    description: 'and is evaluated as or.',
    breaks: filters(filter => filter.replaceAll(' and ', ' or ')),
    caughtBy: ['rfc/filter/and', 'rfc/filter/and-of-two-attributes'],
  },
  {
    id: 'or-before-and',
    description: 'or has precedence over and.',
    breaks: filters(filter => filter.replace(/(\S+ \S+ "[^"]*") or (\S+ \S+ "[^"]*")/g, '($1 or $2)')),
    caughtBy: ['rfc/filter/and-before-or', 'rfc/filter/and-before-or-reversed'],
  },
  {
    id: 'parentheses-ignored',
    description: 'Parentheses are ignored.',
    breaks: filters(filter => (filter.includes('not') ? filter : filter.replace(/[()]/g, ''))),
    caughtBy: ['rfc/filter/parentheses', 'rfc/filter/nested-groups'],
  },
  {
    id: 'not-ignored',
    description: 'not is ignored.',
    breaks: filters(filter => filter.replace(/\bnot\s*\(/gi, '(')),
    caughtBy: ['rfc/filter/not'],
  },
  {
    id: 'ne-is-eq',
    description: 'ne is evaluated as eq.',
    breaks: filters(filter => filter.replace(/ ne /gi, ' eq ')),
    caughtBy: ['rfc/filter/ne-string'],
  },
  {
    id: 'co-is-sw',
    description: 'co matches only at the start.',
    breaks: filters(filter => filter.replace(/ co /gi, ' sw ')),
    caughtBy: ['rfc/filter/co-string'],
  },
  {
    id: 'ew-is-co',
    description: 'ew matches anywhere.',
    breaks: filters(filter => filter.replace(/ ew /gi, ' co ')),
    caughtBy: ['rfc/filter/ew-string'],
  },
  {
    id: 'sw-is-co',
    description: 'sw matches anywhere.',
    breaks: filters(filter => filter.replace(/ sw /gi, ' co ')),
    caughtBy: ['rfc/filter/sw-string'],
  },
  {
    id: 'eq-is-sw',
    description: 'eq matches prefixes.',
    breaks: filters(filter => filter.replace(/ eq "/gi, ' sw "')),
    caughtBy: ['rfc/filter/eq-whole-value'],
  },
  {
    id: 'wildcards',
    description: '*, % and _ in a value are wildcards.',
    breaks: filters(filter => filter.replace(/ (?:eq|sw) "([^"*%_]*)[*%_][^"]*"/gi, ' sw "$1"')),
    caughtBy: ['rfc/filter/eq-wildcards-are-text'],
  },
  {
    id: 'gt-is-ge',
    description: 'gt includes the value.',
    breaks: filters(filter => filter.replace(/ gt /gi, ' ge ')),
    caughtBy: ['rfc/filter/gt-string', 'rfc/filter/gt-time'],
  },
  {
    id: 'le-is-lt',
    description: 'le excludes the value.',
    breaks: filters(filter => filter.replace(/ le /gi, ' lt ')),
    caughtBy: ['rfc/filter/le-string', 'rfc/filter/le-time'],
  },
  {
    id: 'times-as-text',
    description: 'Times are compared as strings: offsets are ignored.',
    breaks: filters(filter => filter.replace(/(T[\d:.]+)[+-]\d\d:\d\d"/g, '$1Z"')),
    caughtBy: ['rfc/filter/time-zones'],
  },
  {
    id: 'pr-is-always-true',
    description: 'pr also matches unassigned attributes.',
    breaks: filters(filter => filter.replace(/\S+ pr\b/gi, 'id pr')),
    caughtBy: ['rfc/filter/pr'],
  },
  {
    id: 'operators-in-lower-case',
    description: 'Operators in upper case are rejected.',
    breaks: changesResponse((_, request) =>
      / (EQ|Eq|CO|Co|AND|And|OR|Or|PR|Pr) ?/.test(queryOf(request).get('filter') ?? '') ? error(400) : {},
    ),
    caughtBy: ['rfc/filter/operators-in-any-case'],
  },
  {
    id: 'case-counts',
    description: 'Filters on userName respect case.',
    breaks: changesResponse((response, request) => {
      const name = /^userName eq "([^"]*)"$/i.exec(queryOf(request).get('filter') ?? '')?.[1]
      const list = objectIn(response)
      if (name === undefined || !Array.isArray(list.Resources)) return {}
      const Resources = objectsIn(list.Resources).filter(({ userName }) => userName === name)
      return withBody(response, { ...list, Resources, totalResults: Resources.length })
    }),
    caughtBy: ['rfc/filter/ignores-case'],
  },
  {
    id: 'value-path-flattened',
    description: 'emails[a and b] matches users with a in one address and b in another.',
    breaks: filters(filter =>
      filter.replace(
        /(\w+)\[([^\]]*)\]/g,
        (_, list, inner) => `(${inner.replace(/(^|\band |\bor )(\w+) /g, `$1${list}.$2 `)})`,
      ),
    ),
    caughtBy: ['rfc/filter/value-path', 'rfc/filter/value-path-logic'],
  },
  {
    id: 'value-path-refused',
    description: 'Filters with brackets are rejected.',
    breaks: changesResponse((_, request) =>
      (queryOf(request).get('filter') ?? '').includes('[') ? error(400) : {},
    ),
    caughtBy: ['rfc/filter/value-path'],
  },
  {
    id: 'quotes-refused',
    description: 'Escaped quotation marks are rejected.',
    breaks: changesResponse((_, request) =>
      (queryOf(request).get('filter') ?? '').includes('\\"') ? error(400) : {},
    ),
    caughtBy: ['rfc/filter/quotes-in-values'],
  },
  {
    id: 'plus-decoded-twice',
    description: 'A plus in a value is decoded as a space.',
    breaks: filters(filter => filter.replaceAll('+', ' ')),
    caughtBy: ['rfc/filter/plus-and-ampersand-in-values'],
  },
  {
    id: 'extensions-not-searched',
    description: 'Filters on attributes of extensions are rejected.',
    breaks: changesResponse((_, request) =>
      /urn:.*enterprise/.test(queryOf(request).get('filter') ?? '') ? error(400) : {},
    ),
    caughtBy: ['rfc/filter/extension-attributes'],
  },
  {
    id: 'bad-filters-find-nothing',
    description: 'A malformed filter returns an empty list instead of an error.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      return response.status === 400 && queryOf(request).has('filter')
        ? next(withQuery(request, { filter: 'id eq "nobody"' }))
        : response
    },
    caughtBy: ['rfc/filter/refuses-no-value', 'rfc/filter/refuses-no-operator'],
  },
  {
    id: 'booleans-compared',
    description: 'active gt false is accepted.',
    breaks: filters(filter => filter.replace(/active (gt|ge|lt|le) \w+/i, 'active pr')),
    caughtBy: ['rfc/filter/refuses-gt-boolean'],
  },
  {
    id: 'passwords-searched',
    description: 'Filters on passwords are accepted.',
    breaks: filters(filter => filter.replace(/password (\w\w) "[^"]*"/i, 'id pr')),
    caughtBy: ['rfc/user/password-not-searched'],
  },
]
