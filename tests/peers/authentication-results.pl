# Mail::AuthenticationResults as a process: reads and writes Authentication-Results (see README.md).

use strict;
use warnings;

use JSON::PP;
use Mail::AuthenticationResults;
use Mail::AuthenticationResults::Header;
use Mail::AuthenticationResults::Header::AuthServID;
use Mail::AuthenticationResults::Header::Entry;
use Mail::AuthenticationResults::Header::SubEntry;
use Mail::AuthenticationResults::Parser;

sub read_value {
    my ($value) = @_;
    my $header = Mail::AuthenticationResults::Parser->new->parse($value);
    my @results;
    for my $entry (grep { $_->isa('Mail::AuthenticationResults::Header::Entry') } @{ $header->children }) {
        my %result = (method => $entry->key, result => $entry->value, reason => undef, properties => []);
        for my $sub (@{ $entry->children }) {
            next unless $sub->isa('Mail::AuthenticationResults::Header::SubEntry');
            if ($sub->key eq 'reason') { $result{reason} = $sub->value }
            else { push @{ $result{properties} }, [split(/\./, $sub->key, 2), $sub->value] }
        }
        push @results, \%result;
    }
    return (authservId => $header->value->value, results => \@results);
}

sub write_value {
    my ($said) = @_;
    my $header = Mail::AuthenticationResults::Header->new;
    $header->set_value(
        Mail::AuthenticationResults::Header::AuthServID->new->safe_set_value($said->{authservId}));
    for my $one (@{ $said->{results} }) {
        my $entry = Mail::AuthenticationResults::Header::Entry->new->set_key($one->{method})
            ->safe_set_value($one->{result});
        my @reason = defined $one->{reason} ? ['reason', $one->{reason}] : ();
        for my $sub (@reason, map { ["$_->[0].$_->[1]", $_->[2]] } @{ $one->{properties} }) {
            $entry->add_child(
                Mail::AuthenticationResults::Header::SubEntry->new->set_key($sub->[0])
                    ->safe_set_value($sub->[1]));
        }
        $header->add_child($entry);
    }
    (my $value = $header->as_string) =~ s/\r?\n/\r\n/g;
    return (value => $value);
}

$| = 1;
my $json = JSON::PP->new->ascii->canonical;
print $json->encode({ peer => "Mail::AuthenticationResults $Mail::AuthenticationResults::VERSION" }), "\n";
while (my $line = <STDIN>) {
    my $request = $json->decode($line);
    my %answer = eval { defined $request->{value} ? read_value($request->{value}) : write_value($request) };
    %answer = (refused => "$@") if $@;
    print $json->encode({ id => $request->{id}, %answer }), "\n";
}
