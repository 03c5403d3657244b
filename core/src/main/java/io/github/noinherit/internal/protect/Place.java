// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection.Covered;

/**
 * A pointer through which a library creates descriptors.
 *
 * @param library its file name
 * @param function the C function
 * @param how what is called instead, for people
 * @param patch the change
 * @param isDone was it made already, by an earlier owner
 */
record Place(String library, String function, String how, Patch patch, boolean isDone) {
  Covered covered() {
    return new Covered(library, function, patch.slot(), how);
  }
}
