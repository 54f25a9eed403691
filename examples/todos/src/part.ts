/** Finds parts of the page, and makes copies of its templates. A missing part is a mistake in index.html. */

/** The element that `selector` names below `root`, checked to be a `type`. */
export function part<T extends Element>(root: ParentNode, selector: string, type: new () => T): T {
  const found = root.querySelector(selector)
  if (found instanceof type) return found
  throw new Error(`index.html lacks ${selector}`)
}

/** A fresh copy of the first element inside `<template id="…">`. */
export function copyTemplate(id: string): HTMLElement {
  const template = part(document, `template#${id}`, HTMLTemplateElement)
  const copy = document.importNode(template.content, true).firstElementChild
  if (copy instanceof HTMLElement) return copy
  throw new Error(`template ${id} is empty`)
}

/** The text that a form field has; empty when there is no such field. */
export function fieldText(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name)
  return typeof value === 'string' ? value.trim() : ''
}
