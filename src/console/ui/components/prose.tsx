import { Fragment } from 'preact'

/** A sentence of our own in which backticks set off what is code. */
export const Prose = ({ text }: { readonly text: string }) => (
  <>
    {text.split('`').map((part, at) => (
      <Fragment key={at}>{at % 2 === 1 ? <code>{part}</code> : part}</Fragment>
    ))}
  </>
)

const address = /(https:\/\/[^\s;,)]+)/

/** Where something is known from: the addresses in it lead there, in a tab of their own. */
export const Source = ({ text }: { readonly text: string }) => (
  <span class="source">
    {text.split(address).map((part, at) =>
      at % 2 === 1 ? (
        <a key={part} href={part} target="_blank" rel="noreferrer">
          {part.replace('https://', '')}
        </a>
      ) : (
        part
      ),
    )}
  </span>
)
