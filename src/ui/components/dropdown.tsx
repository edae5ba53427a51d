import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

export function Dropdown({
  label,
  children,
}: {
  readonly label: ComponentChildren
  readonly children: ComponentChildren
}) {
  const element = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = () => {
      if (element.current) element.current.open = false
    }
    const onClick = ({ target }: MouseEvent) => {
      if (target instanceof Node && !element.current?.contains(target)) close()
    }
    const onKey = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape' || !element.current?.open) return
      close()
      element.current.querySelector('summary')?.focus()
    }
    document.addEventListener('click', onClick)
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('click', onClick)
      document.removeEventListener('keydown', onKey)
    }
  }, [])
  return (
    <details ref={element} class="dropdown">
      <summary>{label}</summary>
      <div class="dropdown-content">{children}</div>
    </details>
  )
}
