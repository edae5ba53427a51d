import { Drop } from '../../components/drop.tsx'

const terms: readonly (readonly [term: string, says: string])[] = [
  ['status:4xx', 'a status, or a class of them'],
  ['action:disable', 'part of what was done'],
  ['user:barney', 'part of a user’s name, or the id; also group: and target:'],
  ['method:PATCH', 'the HTTP method'],
  ['finding:any', 'with a finding, or with part of its id'],
  ['after:15m', 'in the last 15 minutes; also a time of day or a date, and before:'],
  ['text:"externalId"', 'in the URL or in a body'],
  ['tenant:acme', 'of a tenant'],
  ['dialect:default', 'Entra’s two dialects, or other'],
  ['refused:any', 'with a token that was refused: expired, unknown …'],
  ['rule:aws/', 'refused by a rule'],
  ['duration:>100ms', 'slow ones'],
  ['fault:any', 'spoiled on purpose'],
  ['-method:GET', 'a minus turns a term round'],
]

/** The search language, each term ready to be added. */
export const SearchHelp = ({ add }: { readonly add: (term: string) => void }) => (
  <Drop words="Terms">
    <ul class="search-help">
      {terms.map(([term, says]) => (
        <li key={term}>
          <button type="button" onClick={() => add(term)}>
            <code>{term}</code>
          </button>{' '}
          {says}
        </li>
      ))}
    </ul>
    <p class="muted">
      All terms have to hold. A bare word is sought in what was done, names, URLs and bodies. The same
      language works in the API (<code>?q=</code>) and in <code>scimulator journal list</code>.
    </p>
  </Drop>
)
