package io.promlib.ws;

import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.time.Timing;
import io.promlib.wire.Codec;
import io.promlib.wire.GatewayListener;
import io.promlib.ws.internal.InboundBudget;
import io.promlib.ws.internal.Rates;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all connections of a gateway have in common.
 *
 * @param logins runs the authenticator, which may block
 * @param opening the inbound budget of connections that are not authenticated
 * @param inbound the inbound budget of those that are
 * @param queued how many bytes are queued to all of them
 * @param topics the publish rates of topics
 */
record Shared(
    EventBus bus,
    Authenticator authenticator,
    GatewayLimits limits,
    Timing timing,
    Codec codec,
    TailFrames tailFrames,
    List<GatewayListener> listeners,
    Executor logins,
    InboundBudget opening,
    InboundBudget inbound,
    AtomicLong queued,
    Rates topics) {}
