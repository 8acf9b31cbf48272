using SkyTree.Sinks.Files;
using SkyTree.Sinks.Sql;
using SkyTree.Sinks.Webhooks;

namespace SkyTree.Sinks;

/// <summary>A sink that is to run: one of the configuration, or one that an application has written.</summary>
public sealed class SinkDefinition
{
    /// <summary>Defines a sink.</summary>
    /// <param name="name">Its name, 1 to 64 letters, digits, '-', '_' and '.'; its place in the log is kept under it.</param>
    /// <param name="kind">What it is, for people and metrics.</param>
    /// <param name="options">What it reads and how it writes.</param>
    /// <param name="create">Makes it, each time that it begins to run.</param>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public SinkDefinition(string name, string kind, SinkOptions options, Func<ISink> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        options.ValidateTopics(name, (key, problem) => throw new ArgumentException($"{key}: {problem}", nameof(options)));
        (Name, Kind, Options, Create) = (name, kind, options, create);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it is: for the broker's own, as in the configuration.</summary>
    public string Kind { get; }

    /// <summary>What it reads and how it writes.</summary>
    public SinkOptions Options { get; }

    /// <summary>Makes it, each time that it begins to run.</summary>
    public Func<ISink> Create { get; }

    /// <summary>Whether it does not read what is published in the name of its own session.</summary>
    internal bool NoLocal { get; init; }

    /// <summary>The client identifier of its session, which holds its place in the log.</summary>
    public string ClientId => Prefix + Name;

    /// <summary>Begins the client identifiers of all sinks.</summary>
    internal const string Prefix = "sink-";

    /// <summary>Defines one of the broker's own.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">Its options; validated by the caller.</param>
    /// <param name="folder">Where its files lie if the options do not say.</param>
    /// <param name="time">The clock.</param>
    public static SinkDefinition Of(string name, SinkOptions options, string folder, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SinkDefinition(name, options.Kind?.ToString() ?? "", options, options.Kind switch
        {
            SinkKind.Webhook => () => new WebhookSink(options.Webhook, time),
            SinkKind.File => () => new FileSink(options.File.Folder.Length > 0 ? options.File : options.File with { Folder = folder }, time),
            SinkKind.Sql => () => new SqlSink(options.Sql),
            _ => throw new ArgumentException("The options do not say which sink it is.", nameof(options)),
        });
    }
}
