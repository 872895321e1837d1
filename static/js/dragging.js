/** A pointer that is held down: mouse, pen or finger. */

const CLICK_PX = 3;

/**
 * `begin(event)` says what a pointer that goes down does, or nothing: `move(dx, dy, event)` while it is moved, by pixels since
 * then, `end(isDone, event)` after a drag; isDone is false where the browser took the pointer away. Less than three pixels
 * are no drag.
 * @param {Element} element its CSS says by touch-action which gestures stay the browser's
 * @param {function(PointerEvent): ({move?: function(number, number, PointerEvent): void, end?: function(boolean, PointerEvent): void}|undefined)} begin
 */
export function onDrag(element, begin) {
  element.addEventListener("pointerdown", (down) => {
    const drag = down.button === 0 && down.isPrimary ? begin(down) : null;
    if (!drag) return;
    const listeners = new AbortController();
    let isDragged = false;
    const listen = (type, run) =>
      element.addEventListener(type, (event) => event.pointerId === down.pointerId && run(event), {signal: listeners.signal});
    const end = (isDone) => (event) => {
      listeners.abort();
      if (isDragged) drag.end?.(isDone, event);
    };
    element.setPointerCapture(down.pointerId);
    listen("pointermove", (event) => {
      const [dx, dy] = [event.clientX - down.clientX, event.clientY - down.clientY];
      isDragged ||= Math.hypot(dx, dy) >= CLICK_PX;
      if (isDragged) drag.move?.(dx, dy, event);
    });
    listen("pointerup", end(true));
    listen("pointercancel", end(false));
  });
}
