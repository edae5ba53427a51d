import { useEffect, useId, useRef } from 'preact/hooks'
import { type SearchKey, searchKeys } from '../../../domain/journal/search/keys.ts'
import { Dropdown } from '../../components/dropdown.tsx'
import { ZoneSelect } from '../../frame/zone-select.tsx'
import { setQuery } from '../../router.ts'
import { search, searchError } from './activity.ts'

const SearchHelp = ({ add }: { readonly add: (filter: string) => void }) => (
  <Dropdown label="Filters">
    <ul class="search-help">
      {Object.values<SearchKey>(searchKeys).map(({ example, description }) => (
        <li key={example}>
          <button type="button" onClick={() => add(example)}>
            <code>{example}</code>
          </button>{' '}
          {description}
        </li>
      ))}
    </ul>
    <p class="muted">
      A request must match all filters; prefix one with <code>-</code> to exclude. Other words match the
      action, names, URLs and bodies. The API (<code>?q=</code>) and <code>scimulator journal list</code>{' '}
      accept the same filters.
    </p>
  </Dropdown>
)

const typingDelay = 250

export function SearchField() {
  const field = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const id = useId()
  const error = searchError.value

  // A link or Back may change the search.
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = search.value
  }, [search.value])

  const apply = (text: string) => {
    clearTimeout(timer.current)
    setQuery({ q: text })
  }
  const set = (text: string) => {
    if (field.current) field.current.value = text
    apply(text)
  }
  const onInput = (event: { readonly currentTarget: HTMLInputElement }) => {
    const text = event.currentTarget.value
    clearTimeout(timer.current)
    timer.current = setTimeout(() => apply(text), typingDelay)
  }
  const { at = 0, length = 0, suggestion } = error ?? {}
  const text = search.value
  return (
    <search>
      <form
        onSubmit={event => {
          event.preventDefault()
          apply(field.current?.value ?? '')
        }}
      >
        <label class="visually-hidden" for={id}>
          Search requests
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
          aria-invalid={error !== undefined}
          aria-describedby={error ? `${id}-error` : undefined}
        />
        <ZoneSelect />
        <SearchHelp add={filter => set(`${text} ${filter}`.trim())} />
      </form>
      {error && (
        <div class="search-error" id={`${id}-error`} role="alert">
          <code>
            {text.slice(0, at)}
            <mark>{text.slice(at, at + length) || ' '}</mark>
            {text.slice(at + length)}
          </code>
          <p>
            {error.message}{' '}
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
