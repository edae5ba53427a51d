import { useEffect, useId, useRef } from 'preact/hooks'
import { setQuery } from '../../router.ts'
import { mistake, search } from './activity.ts'
import { SearchHelp } from './search-help.tsx'

const patience = 250

/** Searches while one types; what can't be read is told with its place. */
export function SearchField() {
  const field = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const id = useId()
  const wrong = mistake.value

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
    timer.current = setTimeout(() => seek(text), patience)
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
