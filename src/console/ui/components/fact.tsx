import type { ComponentChildren } from 'preact'

/** One line of what is known at a glance; it stands in a `dl`. */
export const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)
