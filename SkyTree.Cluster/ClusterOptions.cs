using System.ComponentModel.DataAnnotations;

namespace SkyTree.Cluster;

/// <summary>Whether this process is a node of a cluster, and how the nodes find and believe each other.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Whether it is a node of a cluster. False: one process is the whole broker.</summary>
    public bool Enabled { get; init; }

    /// <summary>The cluster's name: nodes of others are refused.</summary>
    [Required]
    public string Name { get; init; } = "skytree";

    /// <summary>The address, or DNS name, at which the other nodes reach this one.</summary>
    [Required]
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The port of the replicated log, 1 to 65,535. It names the node, with the address, in <see cref="Seeds"/>.</summary>
    [Range(1, 65_535)]
    public int LogPort { get; init; } = 7801;

    /// <summary>The port of the links between the nodes, 1 to 65,535.</summary>
    [Range(1, 65_535)]
    public int PeerPort { get; init; } = 7802;

    /// <summary>The address to listen at; empty: <see cref="Address"/> if that is an IP address, else all.</summary>
    public string BindAddress { get; init; } = "";

    /// <summary>
    /// Where clients reach this node, as <c>address:port</c>: other nodes send theirs there when they are drained. Empty:
    /// <see cref="Address"/> and the port of the first MQTT listener.
    /// </summary>
    public string ServerReference { get; init; } = "";

    /// <summary>How a node without data of a cluster begins.</summary>
    public ClusterStart Start { get; init; } = ClusterStart.Seed;

    /// <summary>The first nodes of a new cluster, one or three, as <c>address:logport</c>, the same list on each; with <see cref="ClusterStart.Seed"/>.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>What all nodes know and nobody else: at least 16 characters, best random ones. From it they derive the keys of mutual TLS.</summary>
    public string Secret { get; init; } = "";

    /// <summary>A file with the secret, instead of <see cref="Secret"/>.</summary>
    public string SecretPath { get; init; } = "";

    /// <summary>A certificate in a PEM file instead of a secret: the same on all nodes, or each its own, signed by <see cref="AuthorityPath"/>.</summary>
    public string CertificatePath { get; init; } = "";

    /// <summary>The certificate's private key, a PEM file.</summary>
    public string KeyPath { get; init; } = "";

    /// <summary>The authority that signs the nodes' certificates, and nothing else; empty: all nodes have the same certificate.</summary>
    public string AuthorityPath { get; init; } = "";

    /// <summary>A node that is silent for so many seconds is held for gone, 2 to 3,600: its clients' Wills and expiries begin.</summary>
    [Range(2, 3_600)]
    public int NodeTimeoutSeconds { get; init; } = 5;
}

/// <summary>How a node without data of a cluster begins.</summary>
internal enum ClusterStart
{
    /// <summary>It is one of the first nodes of a new cluster, those in <see cref="ClusterOptions.Seeds"/>.</summary>
    Seed,

    /// <summary>It waits until it is added to a cluster.</summary>
    Join,

    /// <summary>It is a new cluster by itself, with what its data folder has; others are added to it.</summary>
    Found,
}
