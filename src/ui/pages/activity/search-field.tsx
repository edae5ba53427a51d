import { useEffect, useId, useRef } from 'preact/hooks'
import { Dropdown } from '../../components/dropdown.tsx'
import { setQuery } from '../../router.ts'
import { search, searchError } from './activity.ts'

const terms: readonly (readonly [term: string, description: string])[] = [
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
  <Dropdown label="Terms">
    <ul class="search-help">
      {terms.map(([term, description]) => (
        <li key={term}>
          <button type="button" onClick={() => add(term)}>
            <code>{term}</code>
          </button>{' '}
          {description}
        </li>
      ))}
    </ul>
    <p class="muted">
      All terms have to hold. A bare word is sought in what was done, names, URLs and bodies. The same
      language works in the API (<code>?q=</code>) and in <code>scimulator journal list</code>.
    </p>
  </Dropdown>
)

const typingDelay = 250

/** Searches while one types; what can't be read is told with its place. */
export function SearchField() {
  const field = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const id = useId()
  const wrong = searchError.value

  // The address may change by itself: a link, or the way back.
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = search.value
  }, [search.value])

  const seek = (text: string) => {
    clearTimeout(timer.current)
    setQuery({ q: text })
  }
  const set = (text: string) => {
    if (field.current) field.current.value = text
    seek(text)
  }
  const onInput = (event: { readonly currentTarget: HTMLInputElement }) => {
    const text = event.currentTarget.value
    clearTimeout(timer.current)
    timer.current = setTimeout(() => seek(text), typingDelay)
  }
  const { at = 0, length = 0, suggestion } = wrong ?? {}
  const text = search.value
  return (
    <search>
      <form
        onSubmit={event => {
          event.preventDefault()
          seek(field.current?.value ?? '')
        }}
      >
        <label class="unseen" for={id}>
          Search the exchanges
        </label>
        <input
          id={id}
          ref={field}
          type="search"
          defaultValue={text}
          onInput={onInput}
          placeholder='Search: status:4xx action:disable user:barney text:"externalId"'
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-invalid={wrong !== undefined}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
        />
        <SearchHelp add={term => set(`${text} ${term}`.trim())} />
      </form>
      {wrong && (
        <div class="search-wrong" id={`${id}-wrong`} role="alert">
          <code>
            {text.slice(0, at)}
            <mark>{text.slice(at, at + length) || ' '}</mark>
            {text.slice(at + length)}
          </code>
          <p>
            {wrong.message}{' '}
            {suggestion !== undefined && (
              <button
                type="button"
                onClick={() => set(text.slice(0, at) + suggestion + text.slice(at + length))}
              >
                Use {suggestion}
              </button>
            )}
          </p>
        </div>
      )}
    </search>
  )
}
