namespace SkyTree.Broker.Tests.Model;

/// <summary>Something that happens in a history. Clients, topics and filters are numbers within <see cref="Names"/>.</summary>
internal abstract record Step
{
    /// <summary>Whether everything that it brings about has happened before the next step.</summary>
    public bool Settles { get; init; } = true;

    /// <summary>The step in words.</summary>
    protected abstract string Words { get; }

    public sealed override string ToString() => Settles ? Words : $"{Words}, and at once";
}

/// <summary>A Will as a client announces it.</summary>
internal sealed record WillPlan(int Topic, int QoS, bool Retain, uint DelaySeconds)
{
    public override string ToString() => $"will {Names.Topics[Topic]} qos={QoS}{(Retain ? " retain" : "")} delay={DelaySeconds}";
}

/// <summary>CONNECT; takes the session from an earlier connection, if there is one.</summary>
internal sealed record Connect(int Client, bool Clean, uint Expiry, int Window, WillPlan? Will) : Step
{
    protected override string Words => $"{Names.Clients[Client]} connects{(Clean ? " clean" : "")} expiry={Expiry} receive-max={Window} {Will}".TrimEnd();
}

/// <summary>The network breaks.</summary>
internal sealed record Drop(int Client) : Step
{
    protected override string Words => $"{Names.Clients[Client]} loses its connection";
}

/// <summary>DISCONNECT.</summary>
internal sealed record Leave(int Client, bool EndsSession) : Step
{
    protected override string Words => $"{Names.Clients[Client]} disconnects{(EndsSession ? " and ends its session" : "")}";
}

internal sealed record Subscribe(int Client, int Filter, int QoS, bool NoLocal, int RetainHandling) : Step
{
    protected override string Words => $"{Names.Clients[Client]} subscribes to {Names.Filters[Filter]} qos={QoS}{(NoLocal ? " no-local" : "")} rh={RetainHandling}";
}

internal sealed record Unsubscribe(int Client, int Filter) : Step
{
    protected override string Words => $"{Names.Clients[Client]} unsubscribes from {Names.Filters[Filter]}";
}

internal sealed record Publish(int Client, int Topic, int QoS, bool Retain, bool Clears, uint Expiry, int Count) : Step
{
    protected override string Words =>
        $"{Names.Clients[Client]} publishes {Count} to {Names.Topics[Topic]} qos={QoS}{(Clears ? " clearing" : Retain ? " retained" : "")}{(Expiry > 0 ? $" expiry={Expiry}" : "")}";
}

/// <summary>A client sends acknowledgements that it owes; of those waiting, the one at <paramref name="From"/> first.</summary>
internal sealed record Acknowledge(int Client, int Count, int From) : Step
{
    protected override string Words => $"{Names.Clients[Client]} acknowledges {Count}{(From > 0 ? $" from {From} on" : "")}";
}

internal sealed record Wait(int Seconds) : Step
{
    protected override string Words => $"{Seconds} s pass";
}

/// <summary>The disk takes its time: nothing is written until <see cref="ReleaseDisk"/> or a step that cannot do without.</summary>
internal sealed record HoldDisk : Step
{
    protected override string Words => "the disk is held";
}

internal sealed record ReleaseDisk : Step
{
    protected override string Words => "the disk is released";
}

/// <summary>The power fails, and the broker starts again.</summary>
internal sealed record Crash(int PercentKept, int DownSeconds) : Step
{
    protected override string Words => $"crash, {PercentKept} % of what was not synced is kept, {DownSeconds} s down";
}

/// <summary>The broker is stopped and started.</summary>
internal sealed record Restart(int DownSeconds) : Step
{
    protected override string Words => $"restart, {DownSeconds} s down";
}

/// <summary>The names in histories.</summary>
internal static class Names
{
    public static readonly string[] Clients = ["ann", "bob", "cay", "dan"];
    public static readonly string[] Topics = ["a/1", "a/2", "b/1"];
    public static readonly string[] Filters = ["a/1", "a/#", "+/1", "#", "b/1", "$share/g/a/#", "$share/h/+/1"];
}
